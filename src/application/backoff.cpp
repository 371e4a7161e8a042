#include "application/backoff.hpp"

#include <algorithm>

namespace hearth::application {

std::chrono::milliseconds Backoff::next(std::uint64_t random) {
  constexpr unsigned most_doublings = 20;
  const auto doubled = limits_.first * (std::int64_t{1} << std::min(failures_, most_doublings));
  const auto bound = std::min<std::chrono::milliseconds>(doubled, limits_.most);
  ++failures_;
  const auto half = std::max<std::int64_t>(1, bound.count() / 2);
  const auto spread =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, bound.count() - half + 1));
  return std::chrono::milliseconds(half + static_cast<std::int64_t>(random % spread));
}

}  // namespace hearth::application
