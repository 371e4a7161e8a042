#pragma once

#include <string>
#include <vector>

namespace hearth::functional {

/// The words that start the function under test. Where there is a zip for AWS Lambda, that is the
/// `bootstrap` of the zip, unpacked once in a process, with an empty root as its root; otherwise
/// (with sanitizers and coverage; tests/CMakeLists.txt chooses) the binary as it was built.
[[nodiscard]] std::vector<std::string> lambda_program();

}  // namespace hearth::functional
