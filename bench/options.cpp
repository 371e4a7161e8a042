#include "bench/options.hpp"

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

}  // namespace hearth::bench
