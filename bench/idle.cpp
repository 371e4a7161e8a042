// What hearth holds and uses while nobody asks it anything: memory and processor time, beside
// nginx.
#include <boost/json/array.hpp>

#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <thread>

#include "bench/bar_chart.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/options.hpp"
#include "bench/process_memory.hpp"
#include "bench/processor_time.hpp"
#include "bench/results_file.hpp"

namespace hearth::bench {
namespace {

constexpr double budget_mib = 20;
constexpr std::size_t flags = 1'000;

struct Idle {
  std::string name;
  double resident_mib = 0;
  double own_mib = 0;
  double processor_ms_per_second = 0;
};

/// After a while, so that what belongs to the start is over.
Idle look_at(const std::string& name, pid_t process, std::chrono::seconds duration) {
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const auto before = processor_time(process);
  std::this_thread::sleep_for(duration);
  const auto used = processor_time(process) - before;
  Idle idle;
  idle.name = name;
  idle.resident_mib = resident_memory_mib(process);
  idle.own_mib = anonymous_memory_mib(process);
  idle.processor_ms_per_second = std::chrono::duration<double, std::milli>(used).count() /
                                 static_cast<double>(duration.count());
  return idle;
}

Idle embedded(std::chrono::seconds duration) {
  const test_support::HearthServer hearth;
  return look_at("hearth, embedded", hearth.pid(), duration);
}

Idle with_servers(std::chrono::seconds duration) {
  HearthOnServers servers(flags, {});
  return look_at("hearth, PostgreSQL, Redis", servers.hearth().pid(), duration);
}

Idle reference(std::chrono::seconds duration) {
  const NginxReference nginx(
      {.body = "[]", .content_type = "application/json", .cache_header = "near"});
  return look_at("nginx", nginx.pid(), duration);
}

std::string plot(std::span<const Idle> all, std::chrono::seconds duration) {
  const auto panel_of = [all](const std::string& title, double Idle::* figure) {
    BarPanel panel{title, {}};
    for (const auto& idle : all) {
      panel.bars.push_back({idle.name, {idle.*figure, idle.*figure, idle.*figure}});
    }
    return panel;
  };
  return bar_chart(
      "idle: nobody asks anything",
      {panel_of("resident memory, MiB", &Idle::resident_mib),
       panel_of("thereof its own (anonymous), MiB", &Idle::own_mib),
       panel_of("processor time, ms/s", &Idle::processor_ms_per_second)},
      "Looked at once, for " + std::to_string(duration.count()) + " s. " + machine_text() + ".");
}

void run(const Options& options) {
  const std::chrono::seconds duration(options.quick ? 2 : 10);
  const Idle all[] = {embedded(duration), with_servers(duration), reference(duration)};
  std::printf("\nidle: nobody asks anything\n\n%-28s %14s %20s %12s\n", "", "resident MiB",
              "thereof its own MiB", "CPU ms/s");
  boost::json::array found;
  for (const auto& idle : all) {
    std::printf("%-28s %14.1f %20.1f %12.2f\n", idle.name.c_str(), idle.resident_mib, idle.own_mib,
                idle.processor_ms_per_second);
    found.push_back(boost::json::object{{"name", idle.name},
                                        {"residentMib", idle.resident_mib},
                                        {"anonymousMib", idle.own_mib},
                                        {"processorMsPerSecond", idle.processor_ms_per_second}});
  }
  std::printf("\nidle memory < %.0f MiB, embedded: %s (%.1f); with servers: %s (%.1f)\n",
              budget_mib, all[0].resident_mib < budget_mib ? "within" : "MISSED",
              all[0].resident_mib, all[1].resident_mib < budget_mib ? "within" : "MISSED",
              all[1].resident_mib);
  write_plot("idle", plot(all, duration));
  write_results("idle",
                {{"processes", std::move(found)},
                 {"budgetMib", budget_mib},
                 {"met", all[0].resident_mib < budget_mib && all[1].resident_mib < budget_mib}});
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
