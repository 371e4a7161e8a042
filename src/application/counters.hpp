#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>

namespace hearth::application {

/// A count that only grows. Threading: any thread adds and reads, without locks.
class SharedCounter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.fetch_add(amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// A count that one thread adds to and any thread reads: an addition costs what it would without
/// other threads, because it locks no cache line.
class OwnedCounter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// Upper bounds (inclusive, in microseconds) of the buckets of every histogram of durations: from
/// a near copy's answer to a warm run that meets its deadline. One more bucket holds the rest.
inline constexpr auto duration_bounds_us = std::to_array<std::int64_t>(
    {10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000,
     500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000});

/// What a histogram held at some moment.
struct HistogramReading {
  /// For each bucket, what fell into it alone (not cumulative).
  std::array<std::uint64_t, duration_bounds_us.size() + 1> counts{};
  std::chrono::nanoseconds sum{};

  [[nodiscard]] std::uint64_t count() const noexcept {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  }

  HistogramReading& operator+=(const HistogramReading& other) noexcept {
    std::ranges::transform(counts, other.counts, counts.begin(), std::plus{});
    sum += other.sum;
    return *this;
  }
};

/// How long something took, each time. Two additions for each; threading as its counter.
template <class Counter>
class DurationHistogram {
 public:
  void record(std::chrono::nanoseconds duration) noexcept {
    duration = std::max(duration, std::chrono::nanoseconds(0));
    const auto rounded_up = std::chrono::ceil<std::chrono::microseconds>(duration).count();
    const auto* bound = std::ranges::lower_bound(duration_bounds_us, rounded_up);
    counts_[static_cast<std::size_t>(bound - duration_bounds_us.begin())].add();
    sum_.add(static_cast<std::uint64_t>(duration.count()));
  }

  /// While others record, the sum may be a few durations ahead of the counts or behind them.
  [[nodiscard]] HistogramReading reading() const noexcept {
    HistogramReading reading;
    std::ranges::transform(counts_, reading.counts.begin(), &Counter::value);
    reading.sum = std::chrono::nanoseconds(sum_.value());
    return reading;
  }

 private:
  std::array<Counter, duration_bounds_us.size() + 1> counts_;
  Counter sum_;  // nanoseconds
};

}  // namespace hearth::application
