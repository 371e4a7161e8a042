#include "checks/change_history.hpp"

#include <algorithm>
#include <charconv>

namespace hearth::checks {
namespace {

constexpr std::size_t remembered = 12;
constexpr std::string_view description_start = R"("description":"n=)";

}  // namespace

void ChangeHistory::end(const Change& change) {
  {
    const std::lock_guard lock(mutex_);
    recent_.push_back(change);
    if (recent_.size() > remembered) recent_.pop_front();
  }
  // After the record, so that whoever sees the number can also tell its story.
  if (change.acknowledged()) acknowledged_ = std::max(acknowledged_.load(), change.number);
}

ChangeHistory::Verdict ChangeHistory::judge(std::uint64_t floor,
                                            std::uint64_t number) const noexcept {
  if (number < floor) return Verdict::outdated;
  return number > sent_ ? Verdict::invented : Verdict::right;
}

std::vector<Change> ChangeHistory::recent() const {
  const std::lock_guard lock(mutex_);
  return {recent_.begin(), recent_.end()};
}

std::string description_of(std::uint64_t number) { return "n=" + std::to_string(number); }

std::uint64_t number_in(const std::string& body) {
  const auto found = body.find(description_start);
  if (found == std::string::npos) return 0;
  std::uint64_t number = 0;
  const auto* begin = body.data() + found + description_start.size();
  std::from_chars(begin, body.data() + body.size(), number);
  return number;
}

}  // namespace hearth::checks
