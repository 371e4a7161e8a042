#include "application/access_tracker.hpp"

#include <utility>

namespace hearth::application {

void AccessCounter::record(const domain::Environment& environment, domain::FlagKeyView key) {
  // One read after the other is of the same environment.
  if (last_ == nullptr || last_->first != environment)
    last_ = &*counts_.try_emplace(environment).first;
  auto& keys = last_->second;
  const auto known = keys.find(key);
  if (known != keys.end()) {
    ++known->second;
    return;
  }
  if (keys_ >= most_keys) return;
  ++keys_;
  keys.emplace(domain::FlagKey(key), 1);
}

AccessCounter::Counts AccessCounter::take() {
  keys_ = 0;
  last_ = nullptr;
  return std::exchange(counts_, {});
}

AccessTracker::AccessTracker(AccessRepository& repository, const Clock& clock, Telemetry& telemetry,
                             domain::HeatDecay decay)
    : repository_(repository), clock_(clock), telemetry_(telemetry), decay_(decay) {}

void AccessTracker::add_counter(Executor executor, AccessCounter& counter) {
  sources_.push_back(Source{executor, &counter});
}

Task<domain::Result<std::size_t>> AccessTracker::flush(Deadline deadline) {
  co_await collect();
  // Taken out before the wait: a flush that begins meanwhile must not write them a second time.
  const auto counts = std::exchange(collected_, {});
  collected_keys_ = 0;
  auto accesses = as_accesses(counts);
  const auto written = accesses.size();
  if (written == 0) co_return std::size_t{0};
  const auto recorded = co_await repository_.record(std::move(accesses), deadline);
  if (recorded) co_return written;
  if (recorded.error().code != domain::ErrorCode::in_doubt) keep(counts);
  telemetry_.warning("access_flush", recorded.error().message);
  co_return std::unexpected(recorded.error());
}

Task<void> AccessTracker::collect() {
  for (const auto& source : sources_) {
    auto take = [](AccessCounter* counter) -> Task<AccessCounter::Counts> {
      co_return counter->take();
    };
    keep(co_await run_on(source.executor, take(source.counter)));
  }
}

void AccessTracker::keep(const AccessCounter::Counts& counts) {
  for (const auto& [environment, keys] : counts) {
    auto& kept = collected_[environment];
    for (const auto& [key, count] : keys) {
      const auto known = kept.find(key);
      if (known != kept.end()) {
        known->second += count;
      } else if (collected_keys_ < AccessCounter::most_keys) {
        kept.emplace(key, count);
        ++collected_keys_;
      }
    }
  }
}

std::vector<AccessCount> AccessTracker::as_accesses(const AccessCounter::Counts& counts) const {
  const auto now = clock_.now();
  std::vector<AccessCount> accesses;
  for (const auto& [environment, keys] : counts) {
    for (const auto& [key, count] : keys) {
      accesses.push_back(
          AccessCount{environment, key, count, now, domain::heat_of(count, now, decay_)});
    }
  }
  return accesses;
}

}  // namespace hearth::application
