#include "adapters/redis/redis_fleet.hpp"

#include <boost/asio/detached.hpp>

#include <charconv>
#include <span>
#include <utility>

#include "adapters/redis/fenced_write.hpp"
#include "adapters/redis/key_names.hpp"
#include "application/random_id.hpp"

namespace hearth::adapters::redis {
namespace {

using application::AnnouncedWrite;
using application::Announcement;
using application::Deadline;
using application::EntryPage;
using application::Heartbeat;
using application::random_id;
using application::Task;
using domain::Environment;
using domain::ErrorCode;
using domain::Result;

// These scripts are small and seldom sent: whole, so that SCRIPT FLUSH does not matter to them.

constexpr std::string_view now_in_lua = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
)lua";

constexpr std::string_view run_id_in_lua = R"lua(
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
)lua";

// KEYS: epoch. ARGV: member or '', lease in ms. Answers run id, epoch, whether it was a member.
constexpr std::string_view beat_script = R"lua(
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
local was_member = 0
if ARGV[1] ~= '' then
  local ends = redis.call('HGET', KEYS[1], 'member:' .. ARGV[1])
  if ends and tonumber(ends) > now then was_member = 1 end
  redis.call('HSET', KEYS[1], 'member:' .. ARGV[1], string.format('%.0f', now + ARGV[2]))
end
return {run_id, epoch, was_member}
)lua";

// KEYS: epoch. ARGV: channel, message. Answers the epoch, the time, and the members whose lease
// has not ended; those whose has are forgotten.
constexpr std::string_view announce_script = R"lua(
redis.call('PUBLISH', ARGV[1], ARGV[2])
local epoch, members = '', {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if fields[i] == 'epoch' then
    epoch = fields[i + 1]
  elseif tonumber(fields[i + 1]) > now then
    members[#members + 1] = string.sub(fields[i], 8)
  else
    redis.call('HDEL', KEYS[1], fields[i])
  end
end
return {epoch, now, members}
)lua";

// KEYS: epoch. ARGV: run id and epoch as they were found, span in ms, random. Answers the claim.
constexpr std::string_view claim_script = R"lua(
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
if run_id ~= ARGV[1] or epoch ~= ARGV[2] then return '' end
local claimed_at = string.match(epoch, '^restoring %x+ (%d+)$')
if claimed_at and now - claimed_at < tonumber(ARGV[3]) then return '' end
local claim = 'restoring ' .. ARGV[4] .. ' ' .. string.format('%.0f', now)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'epoch', claim)
return claim
)lua";

// KEYS: epoch. ARGV: run id as it was when the claim was made, the claim, random.
constexpr std::string_view begin_epoch_script = R"lua(
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
if run_id ~= ARGV[1] or epoch ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'epoch', run_id .. ' ' .. ARGV[3] .. ' ' .. string.format('%.0f', now))
return 1
)lua";

/// EVAL of these pieces with one key.
Commands eval(std::initializer_list<std::string_view> pieces, std::string_view key,
              std::initializer_list<std::string_view> arguments) {
  std::string script;
  for (const auto piece : pieces) script += piece;
  Commands commands;
  commands.begin(4 + arguments.size());
  commands.argument("EVAL");
  commands.argument(script);
  commands.argument("1");
  commands.argument(key);
  for (const auto argument : arguments) commands.argument(argument);
  return commands;
}

/// The number after the last space: when an epoch was made.
std::int64_t last_number(std::string_view text) {
  const auto space = text.rfind(' ');
  if (space == std::string_view::npos) return 0;
  std::int64_t number = 0;
  std::from_chars(text.data() + space + 1, text.data() + text.size(), number);
  return number;
}

domain::Error not_understood() {
  return {ErrorCode::unavailable, "Redis answered what hearth does not understand"};
}

/// What a script failed with.
std::optional<domain::Error> refusal_in(const Reply& reply) {
  if (reply.type != Reply::Type::error) return std::nullopt;
  return domain::Error{ErrorCode::unavailable, "Redis refuses: " + reply.text};
}

/// The text before the first of `separator`, which is taken off the front of `rest` as well.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return taken;
}

std::string confirmations_channel(std::string_view writer) {
  return "feature_flags_fleet:confirmations:" + std::string(writer);
}

std::string turn_name(const Environment& environment, std::string_view work) {
  return fleet_key(environment, "turn:" + std::string(work));
}

}  // namespace

RedisFleet::RedisFleet(application::Executor executor, Endpoint endpoint,
                       ConnectionSettings settings, const application::Clock& clock)
    : executor_(executor),
      clock_(clock),
      id_(random_id()),
      confirmations_channel_(confirmations_channel(id_)),
      commands_(executor, endpoint, settings, std::vector<std::string>{}),
      subscription_(
          executor, endpoint, settings, {confirmations_channel_},
          [this](std::string_view channel, std::string_view message) { hear(channel, message); }) {}

RedisFleet::~RedisFleet() = default;

void RedisFleet::listen(application::FleetListener listener) { listener_ = std::move(listener); }

void RedisFleet::hear(std::string_view channel, std::string_view message) {
  if (channel == confirmations_channel_) {
    std::uint64_t number = 0;
    const auto text = take_until(message, ' ');
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (listener_.confirmed) listener_.confirmed(number, std::string(message));
    return;
  }
  for (const auto& environment : subscribed_) {
    if (channel == changes_channel(environment)) return hear_changes(environment, message);
  }
}

void RedisFleet::hear_changes(const Environment& environment, std::string_view message) {
  auto header = take_until(message, '\n');
  const auto writer = take_until(header, ' ');
  std::vector<domain::FlagKey> keys;
  while (!message.empty()) {
    auto line = take_until(message, '\n');
    if (auto key = domain::FlagKey::parse(take_until(line, ' '))) keys.push_back(std::move(*key));
  }
  if (listener_.changed) listener_.changed(environment, keys);
  if (!is_member_ || header == "0" || writer == id_) return;
  boost::asio::co_spawn(executor_, confirm(std::string(writer), std::string(header)),
                        boost::asio::detached);
}

Task<void> RedisFleet::confirm(std::string writer, std::string number) {
  Commands commands;
  commands.add({"PUBLISH", confirmations_channel(writer), number + " " + id_});
  // If it is lost, the writer waits for the end of the lease.
  (void)co_await commands_.execute(std::move(commands),
                                   application::deadline_in(std::chrono::seconds(1)));
}

Task<Result<Reply>> RedisFleet::call(Commands commands, Deadline deadline) {
  auto replies = co_await commands_.execute(std::move(commands), deadline);
  if (!replies) co_return std::unexpected(std::move(replies.error()));
  auto& reply = replies->back();
  if (auto error = refusal_in(reply)) co_return std::unexpected(std::move(*error));
  co_return std::move(reply);
}

Task<std::uint64_t> RedisFleet::ask_subscription(Environment environment, Deadline deadline) {
  if (!subscribed_.contains(environment)) {
    const auto begun = co_await subscription_.subscribe(changes_channel(environment), deadline);
    if (!begun) co_return 0;
    subscribed_.insert(environment);
  }
  const auto before = subscription_.counters().connects;
  Commands ping;
  ping.add({"PING"});
  const auto answer = co_await subscription_.execute(std::move(ping), deadline);
  const bool is_same = subscription_.counters().connects == before;
  co_return answer&& is_same ? before : 0;
}

Task<Result<Heartbeat>> RedisFleet::beat(Environment environment, std::chrono::milliseconds lease,
                                         bool keeps_copies, Deadline deadline) {
  // Half of the time, so that a subscription that is silent leaves some for the rest.
  const auto now = std::chrono::steady_clock::now();
  Heartbeat heartbeat;
  heartbeat.subscription = co_await ask_subscription(environment, now + (deadline - now) / 2);
  // Who does not hear of changes must not be waited for, nor must it keep copies.
  is_member_ = keeps_copies && heartbeat.subscription != 0;
  auto commands = eval(
      {now_in_lua, run_id_in_lua, beat_script}, fleet_key(environment, "epoch"),
      {is_member_ ? std::string_view(id_) : std::string_view(), std::to_string(lease.count())});
  auto reply = co_await call(std::move(commands), deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  if (reply->elements.size() != 3) co_return std::unexpected(not_understood());
  heartbeat.server = std::move(reply->elements[0].text);
  heartbeat.epoch = std::move(reply->elements[1].text);
  heartbeat.was_member = reply->elements[2].integer == 1;
  co_return heartbeat;
}

Commands RedisFleet::announcement(const Environment& environment,
                                  const std::vector<application::ChangedFlagKey>& changes,
                                  std::uint64_t number) const {
  auto message = id_ + " " + std::to_string(number);
  for (const auto& [key, version] : changes) {
    message += "\n" + key.text() + " " + std::to_string(version);
  }
  return eval({now_in_lua, announce_script}, fleet_key(environment, "epoch"),
              {changes_channel(environment), message});
}

Result<Announcement> RedisFleet::announced(Reply reply) const {
  if (auto error = refusal_in(reply)) return std::unexpected(std::move(*error));
  if (reply.elements.size() != 3) return std::unexpected(not_understood());
  Announcement announcement;
  announcement.epoch = std::move(reply.elements[0].text);
  announcement.epoch_age =
      std::chrono::milliseconds(reply.elements[1].integer - last_number(announcement.epoch));
  for (auto& member : reply.elements[2].elements) {
    if (member.text != id_) announcement.members.push_back(std::move(member.text));
  }
  return announcement;
}

Task<Result<Announcement>> RedisFleet::announce(Environment environment,
                                                std::vector<application::ChangedFlagKey> changes,
                                                std::uint64_t number, Deadline deadline) {
  auto replies = co_await commands_.execute(announcement(environment, changes, number), deadline);
  if (!replies) co_return std::unexpected(std::move(replies.error()));
  co_return announced(std::move(replies->back()));
}

Task<Result<AnnouncedWrite>> RedisFleet::write_and_announce(
    Environment environment, std::vector<application::CacheEntry> entries,
    application::CacheSnapshot snapshot, std::uint64_t number, Deadline deadline) {
  static_assert(application::most_entries_announced <= max_fenced_keys, "one call of the script");
  std::vector<application::ChangedFlagKey> changes;
  changes.reserve(entries.size());
  for (const auto& [state, ttl] : entries) {
    changes.push_back({domain::key_of(state), domain::version_of(state)});
  }
  FencedWrite write(environment, std::move(entries), std::move(snapshot));
  Commands commands;
  const bool writes = write.is_for(commands_.server_run_id());
  if (writes) {
    // With its text: were the script unknown, the announcement would go out before the write.
    commands = write.calls(0, write.size(), ScriptCall::with_text, clock_.now());
  } else {
    write.refuse();
  }
  commands.append(announcement(environment, changes, number));
  auto replies = co_await commands_.execute(std::move(commands), deadline);
  if (!replies) co_return std::unexpected(std::move(replies.error()));
  if (writes) write.take_in(0, write.size(), std::span(*replies).first(1));
  auto answer = announced(std::move(replies->back()));
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return AnnouncedWrite{write.take_report(), std::move(*answer)};
}

Task<Result<std::optional<std::string>>> RedisFleet::claim_restoration(
    Environment environment, Heartbeat found, std::chrono::milliseconds span, Deadline deadline) {
  auto commands = eval({now_in_lua, run_id_in_lua, claim_script}, fleet_key(environment, "epoch"),
                       {found.server, found.epoch, std::to_string(span.count()), random_id()});
  auto reply = co_await call(std::move(commands), deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  std::optional<std::string> claim;
  if (!reply->text.empty()) claim = std::move(reply->text);
  co_return claim;
}

Task<Result<bool>> RedisFleet::begin_epoch(Environment environment, std::string server,
                                           std::string claim, Deadline deadline) {
  auto commands = eval({now_in_lua, run_id_in_lua, begin_epoch_script},
                       fleet_key(environment, "epoch"), {server, claim, random_id()});
  const auto reply = co_await call(std::move(commands), deadline);
  if (!reply) co_return std::unexpected(reply.error());
  co_return reply->integer == 1;
}

Task<Result<EntryPage>> RedisFleet::list_entries(Environment environment, std::string from,
                                                 Deadline deadline) {
  const auto prefix = "feature_flags:" + environment.text() + ":";
  Commands commands;
  commands.add({"TIME"});
  commands.add({"SCAN", from.empty() ? "0" : from, "MATCH", prefix + "*", "COUNT", "1000"});
  auto replies = co_await commands_.execute(std::move(commands), deadline);
  if (!replies) co_return std::unexpected(std::move(replies.error()));
  const auto time = time_ms(replies->front());
  auto& scanned = replies->back();
  if (!time || scanned.elements.size() != 2) co_return std::unexpected(not_understood());
  EntryPage page;
  page.cache_time_ms = *time;
  if (scanned.elements[0].text != "0") page.next = std::move(scanned.elements[0].text);
  for (const auto& name : scanned.elements[1].elements) {
    auto key = domain::FlagKey::parse(std::string_view(name.text).substr(prefix.size()));
    if (key) page.keys.push_back(std::move(*key));
  }
  co_return page;
}

Task<Result<bool>> RedisFleet::take_turn(Environment environment, std::string work,
                                         std::chrono::milliseconds life, Deadline deadline) {
  Commands commands;
  commands.add(
      {"SET", turn_name(environment, work), id_, "NX", "PX", std::to_string(life.count())});
  const auto reply = co_await call(std::move(commands), deadline);
  if (!reply) co_return std::unexpected(reply.error());
  co_return reply->type != Reply::Type::null;
}

Task<Result<void>> RedisFleet::keep_turn(Environment environment, std::string work,
                                         std::chrono::milliseconds life, Deadline deadline) {
  Commands commands;
  commands.add({"SET", turn_name(environment, work), id_, "PX", std::to_string(life.count())});
  const auto reply = co_await call(std::move(commands), deadline);
  if (!reply) co_return std::unexpected(reply.error());
  co_return Result<void>{};
}

Task<void> RedisFleet::leave(Deadline deadline) {
  Commands commands;
  for (const auto& environment : subscribed_) {
    commands.add({"HDEL", fleet_key(environment, "epoch"), "member:" + id_});
  }
  is_member_ = false;
  // If it is lost, writers wait for the end of the lease.
  (void)co_await commands_.execute(std::move(commands), deadline);
}

}  // namespace hearth::adapters::redis
