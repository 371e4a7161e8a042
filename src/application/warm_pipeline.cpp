#include "application/warm_pipeline.hpp"

#include <boost/asio/detached.hpp>

#include <exception>
#include <utility>

namespace hearth::application {

using domain::Error;
using domain::ErrorCode;
using domain::Flag;

WarmPipeline::WarmPipeline(Executor executor, CacheAdapter& cache, const Clock& clock,
                           WarmReport& report, Settings settings, CacheSnapshot snapshot,
                           Deadline deadline)
    : executor_(executor),
      cache_(cache),
      clock_(clock),
      report_(report),
      settings_(settings),
      snapshot_(std::move(snapshot)),
      deadline_(deadline),
      write_ended_(executor, Timer::time_point::max()) {}

Task<bool> WarmPipeline::take(std::vector<Flag> flags) {
  const auto begun = clock_.steady_now();
  for (std::size_t i = 0; i < flags.size() && taken_ + i < settings_.sampled; ++i) {
    sample_.offer(flags[i].key);
  }
  taken_ += flags.size();
  co_await wait_for_less_than(settings_.writes_at_once);
  if (stopped_) {
    report_.failed += flags.size();
  } else {
    auto written = write(std::move(flags));
    begin_write();
    boost::asio::co_spawn(executor_, std::move(written), boost::asio::detached);
  }
  held_back_ += clock_.steady_now() - begun;
  co_return !stopped_;
}

Task<void> WarmPipeline::finish() {
  co_await wait_for_less_than(1);
  if (!report_.error) report_.sample = sample_.take();
}

Task<void> WarmPipeline::wait_for_less_than(std::size_t writes) {
  while (under_way_ >= writes) {
    boost::system::error_code ignored;
    co_await write_ended_.async_wait(boost::asio::redirect_error(use_task, ignored));
  }
}

Task<void> WarmPipeline::write(std::vector<Flag> flags) {
  const auto size = flags.size();
  std::size_t counted = 0;
  try {
    std::vector<CacheEntry> entries;
    entries.reserve(size);
    for (auto& flag : flags) entries.push_back(CacheEntry{std::move(flag), settings_.ttl});
    flags = {};  // not held twice while the write is under way
    const auto written =
        co_await cache_.set_many(report_.environment, std::move(entries), snapshot_, deadline_);
    counted = written.outcomes.size();
    count(written);
  } catch (const std::exception& failure) {
    // A warm run never throws, not even for what should not happen.
    report_.error = Error{ErrorCode::internal, failure.what()};
    report_.failed += size - counted;
    stopped_ = true;
  }
  end_write();
}

void WarmPipeline::count(const WriteReport& written) {
  for (const auto outcome : written.outcomes) {
    switch (outcome) {
      case WriteOutcome::written: ++report_.written; break;
      case WriteOutcome::unchanged: ++report_.unchanged; break;
      case WriteOutcome::newer_present: ++report_.newer; break;
      case WriteOutcome::too_old:
        ++report_.failed;
        stopped_ = true;
        // A batch before may know better: what is not sent at all counts as too old as well.
        if (report_.error) break;
        report_.error = Error{ErrorCode::deadline_exceeded,
                              "The run read the database too long before it reached the cache"};
        break;
      case WriteOutcome::failed: ++report_.failed; break;
    }
  }
  if (!written.error) return;
  report_.error = written.error;
  stopped_ = true;
}

void WarmPipeline::begin_write() {
  if (under_way_++ == 0) busy_since_ = clock_.steady_now();
}

void WarmPipeline::end_write() {
  if (--under_way_ == 0) report_.pipeline_duration += clock_.steady_now() - busy_since_;
  write_ended_.cancel();
}

}  // namespace hearth::application
