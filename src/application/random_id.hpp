#pragma once

#include <cstdio>
#include <random>
#include <string>

namespace hearth::application {

/// 16 hexadecimal digits that nobody else has made or will make (64 random bits): the name of a
/// warm run or of a member of the fleet, or what proves that a lock is one's own.
[[nodiscard]] inline std::string random_id() {
  std::random_device random;
  char text[17];
  std::snprintf(text, sizeof text, "%08x%08x", random(), random());
  return text;
}

}  // namespace hearth::application
