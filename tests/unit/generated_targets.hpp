#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace hearth::test_support {

/// Request targets made of the pieces that matter, right and wrong; the same ones each time.
inline std::vector<std::string> generated_targets(std::size_t count) {
  const std::vector<std::string> pieces = {
      // clang-format off: as many in a line as there is room for
      "/", "/", "/", "?", "&", "=", "a", "flag-1", "v2.b_c~d", "api", "config", "%41", "%2F", "%",
      "%z", "+", ".", "..", " ", "#", "\x01", "\xc3\xa9", ":", "@", ";", ",", "'", "flags",
      "evaluation", "*", "environment", "staging", "!", "\"", "|", "//", "/api/config/flags/",
      "?environment=", "/evaluation", "?userId=", "&userId=", "&environment=",
      // clang-format on
  };
  std::mt19937 random(5);
  std::vector<std::string> targets;
  targets.reserve(count);
  while (targets.size() < count) {
    std::string target = random() % 4 == 0 ? "/api/config/flags/" : "/";
    for (auto left = random() % 7; left > 0; --left) target += pieces[random() % pieces.size()];
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace hearth::test_support
