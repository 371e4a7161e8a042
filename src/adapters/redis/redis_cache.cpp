#include "adapters/redis/redis_cache.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <tuple>

#include "adapters/redis/fenced_write.hpp"
#include "adapters/redis/flag_codec.hpp"
#include "application/await_callback.hpp"

namespace hearth::adapters::redis {
namespace {

using application::CacheEntry;
using application::CacheLookup;
using application::CacheMiss;
using application::CacheRead;
using application::CacheSnapshot;
using application::Deadline;
using application::Task;
using application::WriteReport;
using domain::ErrorCode;
using domain::fail;
using domain::Result;

constexpr std::size_t keys_per_batch = 2000;
constexpr std::size_t keys_per_mget = 200;

CacheLookup lookup_of(const domain::FlagKey& key, const Reply& reply) {
  if (reply.type != Reply::Type::text) return CacheMiss{};
  return decode(key, reply.text);
}

}  // namespace

/// A set_many under way, and what of it is still to be sent.
class RedisCache::Batches {
 public:
  Batches(FencedWrite entries, Deadline until) : write(std::move(entries)), deadline(until) {}

  FencedWrite write;
  const Deadline deadline;

  /// The next entries to send, as [begin, end); empty when all are taken or an error has ended it.
  std::pair<std::size_t, std::size_t> take() {
    const auto begin = next_;
    next_ = write.has_failed() ? write.size() : std::min(write.size(), begin + keys_per_batch);
    return {write.has_failed() ? next_ : begin, next_};
  }

 private:
  std::size_t next_ = 0;
};

RedisCache::RedisCache(application::Executor executor, Endpoint endpoint,
                       ConnectionSettings settings, const application::Clock& clock,
                       application::FleetView& fleet)
    : clock_(clock),
      fleet_(fleet),
      connection_(executor, std::move(endpoint), settings, {std::string(fenced_set_script())}) {}

Task<Result<void>> RedisCache::wait_until_connected(Deadline deadline) {
  return connection_.wait_until_connected(deadline);
}

Result<void> RedisCache::check_trust(const domain::Environment& environment) {
  if (fleet_.trust() == application::FleetView::Trust::unconditional) return {};
  const auto& lease = fleet_.lease(environment);
  if (lease.trusts_shared(connection_.server_run_id(), clock_.since_boot())) return {};
  return fail(ErrorCode::unavailable, connection_.is_ready()
                                          ? "What Redis holds has not been compared with the "
                                            "database yet, or its heartbeat is late"
                                          : "Redis cannot be reached");
}

Task<Result<CacheRead>> RedisCache::get(const domain::Environment& environment,
                                        domain::FlagKeyView key, Deadline deadline) {
  if (auto trusted = check_trust(environment); !trusted) {
    co_return std::unexpected(std::move(trusted.error()));
  }
  name_.clear();
  append_redis_key(name_, environment, key);
  auto& connection = connection_for(name_);
  if (auto room = connection.check_room(deadline); !room) {
    co_return std::unexpected(std::move(room.error()));
  }
  auto wait = [&](application::Resume<Result<TextView>> resume) {
    connection.get(name_, deadline, std::move(resume));
  };
  const auto found = co_await application::await_callback<Result<TextView>>(wait);
  // From here to the end nothing is waited for: the bytes are those of the connection.
  if (!found) co_return std::unexpected(found.error());
  if (!*found) co_return CacheRead{};
  co_return decode_read(key, **found, clock_.now());
}

Task<Result<std::vector<CacheLookup>>> RedisCache::get_many(domain::Environment environment,
                                                            std::vector<domain::FlagKey> keys,
                                                            Deadline deadline) {
  if (auto trusted = check_trust(environment); !trusted) {
    co_return std::unexpected(std::move(trusted.error()));
  }
  std::vector<CacheLookup> lookups;
  lookups.reserve(keys.size());
  Commands commands;
  for (std::size_t begin = 0; begin < keys.size(); begin += keys_per_mget) {
    const auto end = std::min(keys.size(), begin + keys_per_mget);
    commands.begin(1 + end - begin);
    commands.argument("MGET");
    for (auto i = begin; i < end; ++i) commands.argument(redis_key(environment, keys[i]));
  }
  const auto replies = co_await connection_.execute(std::move(commands), deadline);
  if (!replies) co_return std::unexpected(replies.error());
  for (const auto& reply : *replies) {
    if (auto error = refusal_to_serve(reply)) co_return std::unexpected(std::move(*error));
    for (const auto& element : reply.elements) {
      if (lookups.size() == keys.size()) break;
      lookups.push_back(lookup_of(keys[lookups.size()], element));
    }
  }
  lookups.resize(keys.size());
  co_return lookups;
}

Result<CacheSnapshot> RedisCache::snapshot(const domain::Environment& environment) {
  const auto time = connection_.server_time_ms();
  if (!time) return fail(ErrorCode::unavailable, "Redis cannot be reached");
  CacheSnapshot snapshot;
  snapshot.cache_time_ms = *time;
  if (fleet_.trust() == application::FleetView::Trust::unconditional) return snapshot;
  const auto& epoch = fleet_.lease(environment).epoch();
  if (!epoch || epoch->server != connection_.server_run_id()) {
    return fail(ErrorCode::unavailable, "Redis has not been compared with the database yet");
  }
  snapshot.server = epoch->server;
  snapshot.epoch = epoch->text;
  return snapshot;
}

Task<WriteReport> RedisCache::set_many(domain::Environment environment,
                                       std::vector<CacheEntry> entries, CacheSnapshot snapshot,
                                       Deadline deadline) {
  Batches batches(FencedWrite(std::move(environment), std::move(entries), std::move(snapshot)),
                  deadline);
  // A server that restarted with an old file may show an old epoch: its run id tells.
  if (!batches.write.is_for(connection_.server_run_id())) {
    batches.write.refuse();
  } else if (batches.write.size() <= keys_per_batch) {
    co_await write_batches(batches);
  } else {
    // Two at a time: while Redis works on one, the next is encoded and on its way.
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (write_batches(batches) && write_batches(batches));
  }
  co_return batches.write.take_report();
}

Task<void> RedisCache::write_batches(Batches& batches) {
  for (auto [begin, end] = batches.take(); begin < end; std::tie(begin, end) = batches.take()) {
    co_await write_batch(batches, begin, end);
  }
}

Task<void> RedisCache::write_batch(Batches& batches, std::size_t begin, std::size_t end) {
  constexpr int most_tries = 2;
  for (int attempt = 1; attempt <= most_tries; ++attempt) {
    Commands commands;
    // The second try follows NOSCRIPT (SCRIPT FLUSH, a failover): bring the script along.
    if (attempt > 1) commands.add({"SCRIPT", "LOAD", fenced_set_script()});
    auto calls = batches.write.calls(begin, end, ScriptCall::by_digest, clock_.now());
    const auto first_call = commands.count();
    commands.append(std::move(calls));
    auto replies = co_await connection_.execute(std::move(commands), batches.deadline);
    if (!replies) {
      batches.write.fail(std::move(replies.error()));
      co_return;
    }
    replies->erase(replies->begin(), replies->begin() + static_cast<std::ptrdiff_t>(first_call));
    if (batches.write.take_in(begin, end, *replies)) co_return;
  }
  batches.write.fail(
      {ErrorCode::unavailable, "Redis forgets hearth's script as soon as it is loaded"});
}

}  // namespace hearth::adapters::redis
