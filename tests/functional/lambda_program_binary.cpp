#include "functional/lambda_program.hpp"
#include "support/hearth_process.hpp"

namespace hearth::functional {

std::vector<std::string> lambda_program() {
  return {test_support::hearth_binary().string(), "lambda"};
}

}  // namespace hearth::functional
