#pragma once

#include <chrono>
#include <cstddef>

namespace hearth::bench {

/// How long a scenario measures.
struct Options {
  bool quick = false;
  std::size_t rounds = 7;
  std::chrono::seconds round{3};
};

/// From a scenario's command line: `--quick` is a look, not a measurement. Throws
/// std::invalid_argument for anything else.
[[nodiscard]] Options parse_options(int count, char** arguments);

}  // namespace hearth::bench
