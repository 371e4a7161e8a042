#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hearth::application {

/// Where the answer to a read came from; the values of the header `X-Cache`.
enum class ReadSource {
  near,   ///< this thread's own copy, under the lease
  hit,    ///< the shared cache
  miss,   ///< the database
  stale,  ///< the last known value, because neither of them could answer
};

/// `near`, `hit`, `miss`, `stale`.
[[nodiscard]] std::string_view name_of(ReadSource source) noexcept;

inline constexpr std::size_t read_sources = 4;

/// Lookups of some span of time.
struct LookupCounts {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;

  /// 0..1; 1 if there was no lookup, because none has missed.
  [[nodiscard]] double hit_rate() const noexcept {
    const auto lookups = hits + misses;
    return lookups == 0 ? 1.0 : static_cast<double>(hits) / static_cast<double>(lookups);
  }
};

struct LatencyPercentiles {
  std::chrono::nanoseconds p50{};
  std::chrono::nanoseconds p95{};
  std::chrono::nanoseconds p99{};
};

/// Counts how reads were answered and how long they took.
/// Threading: any thread, without locks. Figures of a second that is just beginning may lose a
/// few counts; totals lose none.
class CacheStatistics {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// A read that began at `begin` and was answered at `end`.
  void record_read(ReadSource source, TimePoint begin, TimePoint end) noexcept;

  /// A query that went to the database because of a read.
  void record_database_read() noexcept { database_reads_.fetch_add(1, std::memory_order_relaxed); }

  /// Hits are answers of the near and of the shared cache; misses all others.
  [[nodiscard]] LookupCounts total() const noexcept;

  /// Reads since the start that were answered from there.
  [[nodiscard]] std::uint64_t answered_from(ReadSource source) const noexcept {
    return sources_[static_cast<std::size_t>(source)].load(std::memory_order_relaxed);
  }

  /// Of the last `span`, in whole seconds, at most 5 minutes.
  [[nodiscard]] LookupCounts within(std::chrono::seconds span, TimePoint now) const noexcept;

  [[nodiscard]] std::uint64_t database_reads() const noexcept { return database_reads_; }

  /// Of all reads since the start; a bucket's upper bound, at most 1/8 above the true value.
  [[nodiscard]] LatencyPercentiles latency() const noexcept;

 private:
  static constexpr std::size_t seconds_kept = 301;
  static constexpr std::size_t parts_per_doubling = 8;
  static constexpr std::size_t latency_buckets = 40 * parts_per_doubling;

  struct Second {
    std::atomic<std::int64_t> second = -1;
    std::atomic<std::uint64_t> hits = 0;
    std::atomic<std::uint64_t> misses = 0;
  };

  static std::size_t bucket_of(std::chrono::nanoseconds latency) noexcept;
  static std::chrono::nanoseconds upper_bound_of(std::size_t bucket) noexcept;

  std::array<Second, seconds_kept> seconds_;
  std::array<std::atomic<std::uint64_t>, latency_buckets> latencies_{};
  std::array<std::atomic<std::uint64_t>, read_sources> sources_{};
  std::atomic<std::uint64_t> database_reads_ = 0;
};

}  // namespace hearth::application
