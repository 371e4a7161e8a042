#include "application/warm_run_log.hpp"

#include <algorithm>

namespace hearth::application {

void WarmRunLog::add(WarmReport report) {
  const std::scoped_lock lock(mutex_);
  runs_.push_front(std::move(report));
  if (runs_.size() > capacity) runs_.pop_back();
}

std::vector<WarmReport> WarmRunLog::recent() const {
  const std::scoped_lock lock(mutex_);
  return {runs_.begin(), runs_.end()};
}

std::optional<WarmReport> WarmRunLog::find(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(runs_, id, &WarmReport::id);
  if (found == runs_.end()) return std::nullopt;
  return *found;
}

}  // namespace hearth::application
