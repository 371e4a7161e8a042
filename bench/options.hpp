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

/// The main function of a scenario: reads the command line and runs it. The exit code: 1 if the
/// command line is wrong or `run` throws, which is told on standard error under the program's name.
[[nodiscard]] int run_scenario(int count, char** arguments, void (*run)(const Options&));

}  // namespace hearth::bench
