#include "adapters/redis/redis_cache.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <span>

#include "adapters/redis/fenced_set.hpp"
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
using application::WriteOutcome;
using application::WriteReport;
using domain::Error;
using domain::ErrorCode;
using domain::fail;
using domain::Result;

constexpr std::size_t keys_per_batch = 2000;
constexpr std::size_t keys_per_mget = 200;
constexpr std::size_t usual_bytes_per_key = 512;

CacheLookup lookup_of(const domain::FlagKey& key, const Reply& reply) {
  if (reply.type != Reply::Type::text) return CacheMiss{};
  return decode(key, reply.text);
}

/// An error reply that says something of the key alone (another type than a string) is a miss;
/// any other (LOADING, NOAUTH, MASTERDOWN, ...) says that the server cannot serve.
std::optional<Error> server_error(const Reply& reply) {
  if (reply.type != Reply::Type::error || reply.text.starts_with("WRONGTYPE")) return std::nullopt;
  return Error{ErrorCode::unavailable, "Redis refuses: " + reply.text};
}

}  // namespace

/// A set_many under way: the entries, what has become of them, and what is still to be sent.
class RedisCache::Batches {
 public:
  Batches(domain::Environment environment, std::vector<CacheEntry> entries, CacheSnapshot taken,
          Deadline until)
      : snapshot(std::move(taken)),
        deadline(until),
        environment_(std::move(environment)),
        entries_(std::move(entries)) {
    report.outcomes.assign(entries_.size(), WriteOutcome::failed);
  }

  const CacheSnapshot snapshot;
  const Deadline deadline;
  WriteReport report;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// Nothing is sent: the server is not the one that the writer saw.
  void refuse() { report.outcomes.assign(entries_.size(), WriteOutcome::too_old); }

  /// The next entries to send, as [begin, end); empty when all are taken or an error has ended it.
  std::pair<std::size_t, std::size_t> take() {
    const auto begin = next_;
    next_ = report.error ? entries_.size() : std::min(entries_.size(), begin + keys_per_batch);
    return {report.error ? next_ : begin, next_};
  }

  /// The script calls for [begin, end).
  Commands encode_calls(std::size_t begin, std::size_t end, domain::Timestamp now) const {
    const auto epoch_key = fleet_key(environment_, "epoch");
    Commands commands;
    commands.reserve((end - begin) * usual_bytes_per_key);
    // One set of strings for all groups: most values are equally long.
    std::vector<FencedValue> values(std::min(end - begin, max_fenced_keys));
    for (auto i = begin; i < end; i += max_fenced_keys) {
      const auto group = std::span(values).first(std::min(end - i, max_fenced_keys));
      for (std::size_t k = 0; k < group.size(); ++k) {
        const auto& [state, ttl] = entries_[i + k];
        group[k].key.clear();
        append_redis_key(group[k].key, environment_, domain::key_of(state));
        group[k].ttl = ttl;
        group[k].value.clear();
        append_encoded(group[k].value, state, now + ttl);
      }
      append_fenced_set(commands, epoch_key, group, snapshot);
    }
    return commands;
  }

  /// Takes in the replies of those calls. False: the server did not know the script.
  bool take_in(std::size_t begin, std::size_t end, const std::vector<Reply>& replies) {
    bool known = true;
    auto position = begin;
    for (const auto& reply : replies) {
      const auto group = std::min(max_fenced_keys, end - position);
      if (reply.type == Reply::Type::array && reply.elements.size() == group) {
        std::ranges::transform(reply.elements,
                               report.outcomes.begin() + static_cast<std::ptrdiff_t>(position),
                               outcome_of);
      } else if (reply.type == Reply::Type::error && reply.text.starts_with("NOSCRIPT")) {
        known = false;
      } else {
        report.error = Error{ErrorCode::unavailable, "Redis refuses the write: " + reply.text};
      }
      position += group;
    }
    return known;
  }

 private:
  const domain::Environment environment_;
  const std::vector<CacheEntry> entries_;
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

Task<Result<CacheRead>> RedisCache::get(domain::Environment environment, domain::FlagKey key,
                                        Deadline deadline) {
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
  CacheRead read;
  if (!*found) co_return read;
  auto stored = decode_with_expiry(std::move(key), **found);
  read.lookup = std::move(stored.lookup);
  if (stored.expires_at) read.expires_in = *stored.expires_at - clock_.now();
  co_return read;
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
    if (auto error = server_error(reply)) co_return std::unexpected(std::move(*error));
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
  Batches batches(std::move(environment), std::move(entries), std::move(snapshot), deadline);
  // A server that restarted with an old file may show an old epoch: its run id tells.
  if (!batches.snapshot.server.empty() && batches.snapshot.server != connection_.server_run_id()) {
    batches.refuse();
    co_return std::move(batches.report);
  }
  if (batches.size() <= keys_per_batch) {
    co_await write_batches(batches);
  } else {
    // Two at a time: while Redis works on one, the next is encoded and on its way.
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (write_batches(batches) && write_batches(batches));
  }
  co_return std::move(batches.report);
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
    auto calls = batches.encode_calls(begin, end, clock_.now());
    const auto first_call = commands.count();
    commands.append(std::move(calls));
    auto replies = co_await connection_.execute(std::move(commands), batches.deadline);
    if (!replies) {
      batches.report.error = std::move(replies.error());
      co_return;
    }
    replies->erase(replies->begin(), replies->begin() + static_cast<std::ptrdiff_t>(first_call));
    if (batches.take_in(begin, end, *replies)) co_return;
  }
  batches.report.error =
      Error{ErrorCode::unavailable, "Redis forgets hearth's script as soon as it is loaded"};
}

}  // namespace hearth::adapters::redis
