#include "checks/hit_rate.hpp"

#include <stdexcept>

namespace hearth::checks {
namespace {

constexpr std::size_t intervals_to_hold = 5;  // half a second

}  // namespace

HitRateHistory::HitRateHistory(std::chrono::milliseconds before, std::chrono::milliseconds after)
    : before_(before), intervals_(static_cast<std::size_t>((before + after) / interval)) {}

void HitRateHistory::count(std::chrono::nanoseconds since_event, bool hit) {
  const auto since_start = since_event + before_;
  if (since_start.count() < 0) return;
  const auto index = static_cast<std::size_t>(since_start / interval);
  if (index >= intervals_.size()) return;
  ++(hit ? intervals_[index].hits : intervals_[index].misses);
}

void HitRateHistory::add(const HitRateHistory& other) {
  if (other.before_ != before_ || other.intervals_.size() != intervals_.size()) {
    throw std::invalid_argument("histories of different spans");
  }
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    intervals_[i].hits += other.intervals_[i].hits;
    intervals_[i].misses += other.intervals_[i].misses;
  }
}

std::chrono::milliseconds HitRateHistory::start_of(std::size_t number) const noexcept {
  return interval * static_cast<std::int64_t>(number) - before_;
}

std::optional<std::chrono::milliseconds> HitRateHistory::time_back_to(double rate) const {
  for (auto first = static_cast<std::size_t>(before_ / interval);
       first + intervals_to_hold <= intervals_.size(); ++first) {
    Counts window;
    for (std::size_t i = first; i < first + intervals_to_hold; ++i) {
      window.hits += intervals_[i].hits;
      window.misses += intervals_[i].misses;
    }
    const auto reached = window.rate();
    if (reached && *reached >= rate) return start_of(first);
  }
  return std::nullopt;
}

}  // namespace hearth::checks
