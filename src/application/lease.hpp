#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/names.hpp"

namespace hearth::application {

/// How long a process may trust what it holds after its last proof that it hears of changes
/// (docs/coherence/README.md, rules 4 and 6).
inline constexpr std::chrono::milliseconds lease_duration{1000};

/// By how much a process ends its own leases earlier than a writer waits for them: two clocks may
/// differ in rate by 2 %.
inline constexpr std::chrono::milliseconds lease_margin{20};

/// How often that proof is renewed.
inline constexpr std::chrono::milliseconds heartbeat_interval{250};

/// One uninterrupted memory of the shared cache (rule 4).
struct Epoch {
  std::string text;    ///< as it stands in the shared cache; never empty
  std::string server;  ///< the run id of the server that remembers
};

/// Which session of a process a copy belongs to, and how many changes of its key (or of one that
/// shares its counter; of any key, for a copy of all flags) had been heard of when it was read.
struct CopyStamp {
  std::uint64_t session = 0;
  std::uint64_t changes = 0;

  friend bool operator==(const CopyStamp&, const CopyStamp&) = default;
};

/// What a process may trust of one environment, and until when: the values in the shared cache,
/// and its own near copies of them. The engine's thread decides; the threads that serve only read,
/// without locks. Times are those of Clock::since_boot.
///
/// A near copy may be used while the lease holds and its stamp, taken *before* the copy was read,
/// is still the present one. A change that is heard of, or a new session, therefore voids the
/// copies on every thread at once, and also those that are being read at that moment.
class Lease {
 public:
  using Time = std::chrono::nanoseconds;

  /// Any thread: may values of the server with this run id be served at `now`?
  [[nodiscard]] bool trusts_shared(std::string_view server, Time now) const noexcept {
    return now.count() < shared_until_.load(std::memory_order_acquire) && !server.empty() &&
           server_.load(std::memory_order_acquire) == fingerprint(server);
  }

  /// Any thread: may near copies with their present stamp be served at `now`?
  [[nodiscard]] bool trusts_near(Time now) const noexcept {
    return now.count() < near_until_.load(std::memory_order_acquire);
  }

  /// Any thread: the stamp for a copy that is about to be read, and the one that a copy must have
  /// to be used. Ask `trusts_near` first: who sees a renewed lease then sees its session as well.
  [[nodiscard]] CopyStamp stamp(domain::FlagKeyView key) const noexcept {
    return {session_.load(std::memory_order_acquire), counter(key).load(std::memory_order_acquire)};
  }

  /// The same for a copy of all flags of the environment.
  [[nodiscard]] CopyStamp stamp_of_all() const noexcept {
    return {session_.load(std::memory_order_acquire), any_change_.load(std::memory_order_acquire)};
  }

  /// The engine's thread, as all that follows: values of the server that made the present epoch
  /// may be served until then.
  void prolong_shared(Time until) noexcept {
    shared_until_.store(until.count(), std::memory_order_release);
  }

  /// Near copies may be served until then.
  void prolong_near(Time until) noexcept {
    near_until_.store(until.count(), std::memory_order_release);
  }

  [[nodiscard]] Time near_until() const noexcept {
    return Time(near_until_.load(std::memory_order_acquire));
  }

  /// All near copies, and those being read, are void from now on.
  void begin_session() noexcept { session_.fetch_add(1, std::memory_order_acq_rel); }

  /// The near copies of this key, and those of all flags, are void from now on. Any thread.
  void note_change(domain::FlagKeyView key) noexcept {
    counter(key).fetch_add(1, std::memory_order_acq_rel);
    any_change_.fetch_add(1, std::memory_order_acq_rel);
  }

  /// The epoch that the last heartbeat showed; nothing while there is none that can be trusted.
  void set_epoch(std::optional<Epoch> epoch) {
    server_.store(epoch ? fingerprint(epoch->server) : 0, std::memory_order_release);
    epoch_ = std::move(epoch);
  }

  [[nodiscard]] const std::optional<Epoch>& epoch() const noexcept { return epoch_; }

 private:
  static constexpr std::size_t counters = 1024;

  // Run ids are random, so that their hash is as good as they are; 0 means none.
  static std::uint64_t fingerprint(std::string_view server) noexcept {
    return server.empty() ? 0 : std::hash<std::string_view>{}(server) | 1;
  }
  [[nodiscard]] std::atomic<std::uint64_t>& counter(domain::FlagKeyView key) noexcept {
    return changes_[std::hash<domain::FlagKeyView>{}(key) % counters];
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& counter(domain::FlagKeyView key) const noexcept {
    return changes_[std::hash<domain::FlagKeyView>{}(key) % counters];
  }

  std::atomic<std::int64_t> shared_until_ = 0;
  std::atomic<std::int64_t> near_until_ = 0;
  std::atomic<std::uint64_t> server_ = 0;
  std::atomic<std::uint64_t> session_ = 0;
  std::array<std::atomic<std::uint64_t>, counters> changes_{};
  std::atomic<std::uint64_t> any_change_ = 0;
  std::optional<Epoch> epoch_;  // the engine's thread only
};

}  // namespace hearth::application
