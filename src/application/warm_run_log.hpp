#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "application/warm_report.hpp"

namespace hearth::application {

/// The most recent warm runs of this process, newest first.
/// Threading: any thread; a short lock, off the read path.
class WarmRunLog {
 public:
  static constexpr std::size_t capacity = 100;

  void add(WarmReport report);
  [[nodiscard]] std::vector<WarmReport> recent() const;
  [[nodiscard]] std::optional<WarmReport> find(std::string_view id) const;

 private:
  mutable std::mutex mutex_;
  std::deque<WarmReport> runs_;  // guarded by mutex_
};

}  // namespace hearth::application
