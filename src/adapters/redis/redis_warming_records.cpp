#include "adapters/redis/redis_warming_records.hpp"

#include <string_view>

#include "adapters/redis/key_names.hpp"
#include "adapters/redis/warming_codec.hpp"

namespace hearth::adapters::redis {
namespace {

using application::Deadline;
using application::Task;
using application::WarmingLockAttempt;
using application::WarmingLockRequest;
using application::WarmingState;
using application::WarmMarker;
using application::WarmReport;
using domain::Environment;
using domain::ErrorCode;
using domain::fail;
using domain::Result;

// KEYS of all: the lock, the marker. What a look sees is one moment, and its identity of the marker
// is what `acquire` compares: between the two nobody may have finished a run unnoticed.

constexpr std::string_view look_script = R"lua(
local time = redis.call('TIME')
local marker = redis.call('GET', KEYS[2])
return {time[1], time[2], marker, redis.sha1hex(marker or ''), redis.call('EXISTS', KEYS[1])}
)lua";

// ARGV: token, life in ms, identity of the marker or '*'.
constexpr std::string_view acquire_script = R"lua(
local time = redis.call('TIME')
local marker = redis.call('GET', KEYS[2])
local identity = redis.sha1hex(marker or '')
local locked = redis.call('EXISTS', KEYS[1])
local acquired = 0
if locked == 0 and (ARGV[3] == '*' or ARGV[3] == identity) then
  redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
  acquired = 1
end
return {time[1], time[2], marker, identity, locked, acquired}
)lua";

// ARGV: token, life in ms.
constexpr std::string_view extend_script = R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
)lua";

// ARGV: token.
constexpr std::string_view release_script = R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)lua";

// ARGV: token, marker.
constexpr std::string_view finish_script = R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return redis.call('DEL', KEYS[1])
)lua";

std::string marker_name(const Environment& environment) {
  return fleet_key(environment, "warming");
}
std::string lock_name(const Environment& environment) {
  return fleet_key(environment, "warming:lock");
}
std::string runs_name(const Environment& environment) {
  return fleet_key(environment, "warming:runs");
}
std::string refreshes_name(const Environment& environment) {
  return fleet_key(environment, "warming:refreshes");
}

template <class... Arguments>
Commands eval(std::string_view script, const Environment& environment,
              const Arguments&... arguments) {
  Commands commands;
  commands.add({"EVAL", script, "2", lock_name(environment), marker_name(environment),
                std::string_view(arguments)...});
  return commands;
}

/// The state that `look` and `acquire` answer with; `unavailable` if it is something else.
Result<WarmingState> state_of(const Reply& reply) {
  constexpr std::size_t members = 5;
  if (reply.type != Reply::Type::array || reply.elements.size() < members) {
    return fail(ErrorCode::unavailable, "Redis answered a script of hearth with something else");
  }
  const auto& found = reply.elements;
  WarmingState state;
  try {
    state.cache_time_ms = std::stoll(found[0].text) * 1000 + std::stoll(found[1].text) / 1000;
  } catch (const std::exception&) {
    return fail(ErrorCode::unavailable, "Redis told no time");
  }
  if (found[2].type == Reply::Type::text) state.marker = decode_marker(found[2].text);
  state.marker_identity = found[3].text;
  state.locked = found[4].integer != 0;
  return state;
}

}  // namespace

RedisWarmingRecords::RedisWarmingRecords(application::Executor executor, Endpoint endpoint,
                                         ConnectionSettings settings)
    : connection_(executor, std::move(endpoint), settings, {}) {}

Task<Result<void>> RedisWarmingRecords::wait_until_connected(Deadline deadline) {
  return connection_.wait_until_connected(deadline);
}

/// An error reply is an error of the whole: nobody asks for single ones.
Task<Result<std::vector<Reply>>> RedisWarmingRecords::send(Commands commands, Deadline deadline) {
  auto replies = co_await connection_.execute(std::move(commands), deadline);
  if (!replies) co_return replies;
  for (const auto& reply : *replies) {
    if (reply.type != Reply::Type::error) continue;
    co_return fail(ErrorCode::unavailable, "Redis refuses: " + reply.text);
  }
  co_return replies;
}

Task<Result<bool>> RedisWarmingRecords::decide(Commands script, Deadline deadline) {
  const auto replies = co_await send(std::move(script), deadline);
  if (!replies) co_return std::unexpected(replies.error());
  co_return replies->at(0).integer == 1;
}

Task<Result<WarmingState>> RedisWarmingRecords::look(Environment environment, Deadline deadline) {
  const auto replies = co_await send(eval(look_script, environment), deadline);
  if (!replies) co_return std::unexpected(replies.error());
  co_return state_of(replies->at(0));
}

Task<Result<WarmingLockAttempt>> RedisWarmingRecords::acquire(Environment environment,
                                                              WarmingLockRequest request,
                                                              Deadline deadline) {
  const auto life = std::to_string(request.life.count());
  const auto identity = request.marker_identity.value_or("*");
  auto script = eval(acquire_script, environment, request.token, life, identity);
  const auto replies = co_await send(std::move(script), deadline);
  if (!replies) co_return std::unexpected(replies.error());
  const auto& reply = replies->at(0);
  auto state = state_of(reply);
  if (!state) co_return std::unexpected(std::move(state.error()));
  WarmingLockAttempt attempt{reply.elements.back().integer == 1, std::move(*state)};
  co_return attempt;
}

Task<Result<bool>> RedisWarmingRecords::extend(Environment environment, std::string token,
                                               std::chrono::milliseconds life, Deadline deadline) {
  return decide(eval(extend_script, environment, token, std::to_string(life.count())), deadline);
}

Task<Result<bool>> RedisWarmingRecords::release(Environment environment, std::string token,
                                                Deadline deadline) {
  return decide(eval(release_script, environment, token), deadline);
}

Task<Result<bool>> RedisWarmingRecords::finish(Environment environment, std::string token,
                                               WarmMarker marker, Deadline deadline) {
  return decide(eval(finish_script, environment, token, encode(marker)), deadline);
}

Task<Result<void>> RedisWarmingRecords::record(WarmReport report, Deadline deadline) {
  const bool is_refresh = report.trigger == application::WarmTrigger::refresh;
  const auto list = is_refresh ? refreshes_name(report.environment) : runs_name(report.environment);
  const auto last = std::to_string((is_refresh ? most_refresh_runs : most_runs) - 1);
  Commands commands;
  commands.add({"LPUSH", list, encode(report)});
  commands.add({"LTRIM", list, "0", last});
  const auto replies = co_await send(std::move(commands), deadline);
  if (!replies) co_return std::unexpected(replies.error());
  co_return Result<void>{};
}

Task<Result<std::vector<WarmReport>>> RedisWarmingRecords::recent(Environment environment,
                                                                  Deadline deadline) {
  Commands commands;
  commands.add({"LRANGE", runs_name(environment), "0", "-1"});
  commands.add({"LRANGE", refreshes_name(environment), "0", "-1"});
  const auto replies = co_await send(std::move(commands), deadline);
  if (!replies) co_return std::unexpected(replies.error());
  std::vector<WarmReport> reports;
  for (const auto& list : *replies) {
    for (const auto& element : list.elements) {
      if (auto report = decode_report(element.text)) reports.push_back(std::move(*report));
    }
  }
  co_return reports;
}

}  // namespace hearth::adapters::redis
