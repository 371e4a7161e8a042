#include "bench/options.hpp"

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hearth::bench {

Options parse_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    if (std::string_view(arguments[i]) != "--quick") {
      throw std::invalid_argument("There is no option '" + std::string(arguments[i]) +
                                  "'; there is --quick");
    }
    options.quick = true;
    options.rounds = 3;
    options.round = std::chrono::seconds(1);
  }
  return options;
}

int run_scenario(int count, char** arguments, void (*run)(const Options&)) {
  try {
    run(parse_options(count, arguments));
    return 0;
  } catch (const std::exception& failure) {
    const auto program = std::filesystem::path(arguments[0]).filename();
    std::fprintf(stderr, "%s: %s\n", program.c_str(), failure.what());
    return 1;
  }
}

}  // namespace hearth::bench
