// A thread's own copies, and the counting of reads.
#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>

#include <string>

#include "application/access_tracker.hpp"
#include "application/cache_statistics.hpp"
#include "application/near_cache.hpp"
#include "bench/micro/inputs.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_telemetry.hpp"
#include "support/run_task.hpp"

namespace hearth::bench::micro {
namespace {

constexpr std::size_t flags_asked_for = 1'000;
constexpr application::NearCache::Time now{1'000'000'000};

/// Copies of `flags_asked_for` flags, and their keys in the order of the flags.
class NearCopies {
 public:
  NearCopies() {
    for (auto& flag : flags(flags_asked_for)) {
      keys_.push_back(flag.key.text());
      cache_.put(production(), flag, cache_.stamp(production(), flag.key), now);
    }
  }

  [[nodiscard]] application::NearCopy* find(std::string_view key) {
    return cache_.find(production(), key, now);
  }

  /// One key after the other, in an order that is not that of the flags.
  [[nodiscard]] std::string_view next_key() {
    position_ = (position_ + 617) % keys_.size();
    return keys_[position_];
  }

 private:
  application::FleetView view_{production(), application::FleetView::Trust::unconditional};
  application::NearCache cache_{view_, {}};
  std::vector<std::string> keys_;
  std::size_t position_ = 0;
};

void find_near_copy(benchmark::State& state) {
  NearCopies copies;
  if (copies.find(copies.next_key()) == nullptr) state.SkipWithError("there is no copy");
  for (auto _ : state) benchmark::DoNotOptimize(copies.find(copies.next_key()));
}
BENCHMARK(find_near_copy)->Name("application: find a near copy, one of 1,000");

void find_no_near_copy(benchmark::State& state) {
  NearCopies copies;
  const std::string key = "a-key-that-nobody-has-yet";
  if (copies.find(key) != nullptr) state.SkipWithError("there is a copy");
  for (auto _ : state) benchmark::DoNotOptimize(copies.find(key));
}
BENCHMARK(find_no_near_copy)->Name("application: look for a near copy that is not there");

void count_access(benchmark::State& state) {
  const auto all = flags(flags_asked_for);
  application::AccessCounter counter;
  std::size_t position = 0;
  for (auto _ : state) {
    position = (position + 617) % all.size();
    counter.record(production(), all[position].key);
  }
  if (counter.take().at(production()).empty()) state.SkipWithError("nothing was counted");
}
BENCHMARK(count_access)->Name("application: count a read, of one of 1,000 flags");

void record_statistics(benchmark::State& state) {
  application::CacheStatistics statistics;
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + std::chrono::microseconds(7);
  for (auto _ : state) statistics.record_read(application::ReadSource::near, begin, end);
  if (statistics.total().hits == 0) state.SkipWithError("nothing was recorded");
}
BENCHMARK(record_statistics)->Name("application: record how a read was answered");

/// A database that takes no time.
class InstantAccesses final : public application::AccessRepository {
 public:
  application::Task<domain::Result<void>> record(std::vector<application::AccessCount> accesses,
                                                 application::Deadline) override {
    benchmark::DoNotOptimize(accesses.data());
    co_return domain::Result<void>{};
  }
};

void flush_accesses(benchmark::State& state) {
  const auto all = flags(flags_asked_for);
  boost::asio::io_context context;
  InstantAccesses repository;
  const test_support::ManualClock clock;
  test_support::RecordingTelemetry telemetry;
  application::AccessTracker tracker(repository, clock, telemetry, {});
  application::AccessCounter counter;
  tracker.add_counter(context.get_executor(), counter);
  for (auto _ : state) {
    state.PauseTiming();
    for (const auto& flag : all) counter.record(production(), flag.key);
    state.ResumeTiming();
    const auto written = test_support::run_task(
        context, tracker.flush(application::deadline_in(std::chrono::seconds(5))));
    if (written != flags_asked_for) state.SkipWithError("not all were written");
  }
}
BENCHMARK(flush_accesses)->Name("application: collect the reads of 1,000 flags, with their heat");

}  // namespace
}  // namespace hearth::bench::micro
