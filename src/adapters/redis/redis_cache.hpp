#pragma once

#include <string>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/key_names.hpp"
#include "application/fleet_view.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/ports/clock.hpp"

namespace hearth::adapters::redis {

/// The shared cache on Redis, over one multiplexed connection of its own thread. It serves values
/// only while the lease on them holds and its connection leads to the server that made the present
/// epoch; otherwise reads are `unavailable` (docs/coherence/README.md, rule 4).
class RedisCache final : public application::CacheAdapter {
 public:
  /// Begins to connect at once, in the background. `clock` gives `expiresAt`, `fleet` says what
  /// may be trusted; both must outlive it. `snapshot` reads the epoch and therefore works on the
  /// engine's thread only.
  RedisCache(application::Executor executor, Endpoint endpoint, ConnectionSettings settings,
             const application::Clock& clock, application::FleetView& fleet);

  /// As Connection::wait_until_connected.
  [[nodiscard]] application::Task<domain::Result<void>> wait_until_connected(
      application::Deadline deadline);

  /// As Connection::renew.
  void renew_connection() { connection_.renew(); }

  [[nodiscard]] ConnectionCounters counters() const { return connection_.counters(); }

  application::Task<domain::Result<std::vector<application::CacheLookup>>> get_many(
      domain::Environment environment, std::vector<domain::FlagKey> keys,
      application::Deadline deadline) override;

  application::Task<domain::Result<application::CacheRead>> get(
      const domain::Environment& environment, domain::FlagKeyView key,
      application::Deadline deadline) override;

  domain::Result<application::CacheSnapshot> snapshot(
      const domain::Environment& environment) override;

  /// In script calls of max_fenced_keys keys; a set of up to 2,000 is one write on the socket,
  /// larger ones keep at most 4,000 keys under way.
  application::Task<application::WriteReport> set_many(domain::Environment environment,
                                                       std::vector<application::CacheEntry> entries,
                                                       application::CacheSnapshot snapshot,
                                                       application::Deadline deadline) override;

 private:
  class Batches;

  /// Which connection a key goes to. One server today; Cluster and Sentinel change this alone.
  Connection& connection_for(const std::string&) { return connection_; }

  [[nodiscard]] domain::Result<void> check_trust(const domain::Environment& environment);
  application::Task<void> write_batches(Batches& batches);
  application::Task<void> write_batch(Batches& batches, std::size_t begin, std::size_t end);

  const application::Clock& clock_;
  application::FleetView& fleet_;
  std::string name_;  ///< of the key that is being asked for; kept for its room
  Connection connection_;
};

}  // namespace hearth::adapters::redis
