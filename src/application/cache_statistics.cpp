#include "application/cache_statistics.hpp"

#include <algorithm>
#include <bit>

namespace hearth::application {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

std::int64_t second_of(CacheStatistics::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

void CacheStatistics::record_read(ReadSource source, TimePoint begin, TimePoint end) noexcept {
  const auto second = second_of(end);
  auto& slot = seconds_[static_cast<std::size_t>(second) % seconds_kept];
  auto known = slot.second.load(relaxed);
  if (known != second && slot.second.compare_exchange_strong(known, second, relaxed)) {
    slot.hits.store(0, relaxed);
    slot.misses.store(0, relaxed);
  }
  const bool hit = source == ReadSource::near || source == ReadSource::hit;
  (hit ? slot.hits : slot.misses).fetch_add(1, relaxed);
  sources_[static_cast<std::size_t>(source)].fetch_add(1, relaxed);
  latencies_[bucket_of(end - begin)].fetch_add(1, relaxed);
}

LookupCounts CacheStatistics::total() const noexcept {
  return {answered_from(ReadSource::near) + answered_from(ReadSource::hit),
          answered_from(ReadSource::miss) + answered_from(ReadSource::stale)};
}

LookupCounts CacheStatistics::within(std::chrono::seconds span, TimePoint now) const noexcept {
  const auto last = second_of(now);
  const auto first =
      last - std::min<std::int64_t>(span.count(), static_cast<std::int64_t>(seconds_kept) - 1) + 1;
  LookupCounts counts;
  for (const auto& slot : seconds_) {
    const auto second = slot.second.load(relaxed);
    if (second < first || second > last) continue;
    counts.hits += slot.hits.load(relaxed);
    counts.misses += slot.misses.load(relaxed);
  }
  return counts;
}

// Buckets grow geometrically: each doubling of the latency is divided into equal parts.
std::size_t CacheStatistics::bucket_of(std::chrono::nanoseconds latency) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 1));
  if (value < parts_per_doubling) return static_cast<std::size_t>(value);
  const auto exponent = static_cast<std::size_t>(std::bit_width(value)) - 4;
  const auto part = static_cast<std::size_t>(value >> exponent) - parts_per_doubling;
  return std::min((exponent + 1) * parts_per_doubling + part, latency_buckets - 1);
}

std::chrono::nanoseconds CacheStatistics::upper_bound_of(std::size_t bucket) noexcept {
  if (bucket < parts_per_doubling) return std::chrono::nanoseconds(bucket);
  const auto exponent = bucket / parts_per_doubling - 1;
  const auto part = bucket % parts_per_doubling + parts_per_doubling;
  return std::chrono::nanoseconds(((std::uint64_t{part} + 1) << exponent) - 1);
}

LatencyPercentiles CacheStatistics::latency() const noexcept {
  std::array<std::uint64_t, latency_buckets> counts{};
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < latency_buckets; ++i) {
    counts[i] = latencies_[i].load(relaxed);
    all += counts[i];
  }
  const auto percentile = [&](std::uint64_t percent) {
    const auto rank = (all * percent + 99) / 100;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < latency_buckets; ++i) {
      seen += counts[i];
      if (seen >= rank) return upper_bound_of(i);
    }
    return upper_bound_of(latency_buckets - 1);
  };
  if (all == 0) return {};
  return {percentile(50), percentile(95), percentile(99)};
}

}  // namespace hearth::application
