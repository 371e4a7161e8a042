#include "checks/staleness_faults.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <signal.h>
#include <thread>

namespace hearth::checks {
namespace {

using std::chrono::milliseconds;
using test_support::TcpGate;

// Longer than a lease and several heartbeats, so that a process which is cut off must notice.
constexpr milliseconds hold_time{1'600};
constexpr milliseconds slow_time{2'000};
constexpr milliseconds slow_delay{20};
constexpr milliseconds age_of_snapshot{1'000};
constexpr milliseconds away_time{300};

constexpr auto descriptions = std::to_array<FaultDescription>({
    {Fault::stop_200_ms, "stop-0.2", "a process stopped for 0.2 s"},
    {Fault::stop_800_ms, "stop-0.8", "a process stopped for 0.8 s"},
    {Fault::stop_3_s, "stop-3", "a process stopped for 3 s"},
    {Fault::cut_subscription, "cut-subscription", "a subscription cut"},
    {Fault::hold_subscription, "hold-subscription", "a subscription held for 1.6 s"},
    {Fault::cut_commands, "cut-commands", "command connections cut"},
    {Fault::hold_commands, "hold-commands", "command connections held for 1.6 s"},
    {Fault::slow_database, "slow-database", "database 20 ms away for 2 s"},
    {Fault::flush, "flush", "FLUSHALL"},
    {Fault::restart_empty, "restart-empty", "Redis restarted empty"},
    {Fault::restart_old, "restart-old", "Redis restarted with an old snapshot"},
});

void pause_for(milliseconds time) { std::this_thread::sleep_for(time); }

void stop_for(milliseconds time, FleetBench& fleet, std::size_t process, Stage& stage) {
  const auto& child = fleet.members()[process]->server->process();
  stage.stopped = static_cast<int>(process);
  child.signal(SIGSTOP);
  pause_for(time);
  child.signal(SIGCONT);
  // Until it has worked off what waited for it, what it answers was held up by us.
  pause_for(milliseconds(100));
  stage.stopped = Stage::nobody;
}

bool hold(TcpGate& gate, TcpGate::Which which) {
  const bool there = which != TcpGate::Which::marked || gate.marked_connections() > 0;
  gate.set_held(which, true);
  pause_for(hold_time);
  gate.set_held(which, false);
  return there;
}

bool cut(TcpGate& gate, TcpGate::Which which) {
  const bool there = which != TcpGate::Which::marked || gate.marked_connections() > 0;
  gate.cut(which);
  return there;
}

void slow_down(TcpGate& gate) {
  gate.set_delay(slow_delay);
  pause_for(slow_time);
  gate.set_delay(milliseconds(0));
}

void restart(FleetBench& fleet, bool with_old_snapshot) {
  auto& redis = fleet.redis;
  const auto file = redis.snapshot_path();
  const auto kept = file.string() + ".kept";
  if (with_old_snapshot) {
    redis.run({"SAVE"});
    std::filesystem::rename(file, kept);
    pause_for(age_of_snapshot);
  }
  redis.kill();
  std::filesystem::remove(file);
  if (with_old_snapshot) {
    std::filesystem::rename(kept, file);
  } else {
    pause_for(away_time);
  }
  redis.start();
  std::filesystem::remove(file);
}

}  // namespace

std::span<const FaultDescription> all_faults() { return descriptions; }

std::optional<FaultDescription> fault_named(std::string_view name) {
  const auto* found = std::ranges::find(descriptions, name, &FaultDescription::name);
  if (found == descriptions.end()) return std::nullopt;
  return *found;
}

bool inflict(Fault fault, FleetBench& fleet, std::size_t process, Stage& stage) {
  auto& member = *fleet.members()[process];
  switch (fault) {
    case Fault::stop_200_ms: stop_for(milliseconds(200), fleet, process, stage); return true;
    case Fault::stop_800_ms: stop_for(milliseconds(800), fleet, process, stage); return true;
    case Fault::stop_3_s: stop_for(milliseconds(3'000), fleet, process, stage); return true;
    case Fault::cut_subscription: return cut(member.redis_gate, TcpGate::Which::marked);
    case Fault::hold_subscription: return hold(member.redis_gate, TcpGate::Which::marked);
    case Fault::cut_commands: return cut(member.redis_gate, TcpGate::Which::unmarked);
    case Fault::hold_commands: return hold(member.redis_gate, TcpGate::Which::unmarked);
    case Fault::slow_database: slow_down(member.database_gate); return true;
    case Fault::flush: fleet.redis.run({"FLUSHALL"}); return true;
    case Fault::restart_empty: restart(fleet, false); return true;
    case Fault::restart_old: restart(fleet, true); return true;
  }
  return false;
}

}  // namespace hearth::checks
