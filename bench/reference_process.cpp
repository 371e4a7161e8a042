#include "bench/reference_process.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/http_client.hpp"

namespace hearth::bench {

test_support::ChildProcess start_reference(std::vector<std::string> command, std::uint16_t port,
                                           const std::string& target,
                                           const std::filesystem::path& log) {
  const auto name = command.at(0);
  test_support::ChildOptions options;
  options.standard_output = log;
  options.standard_error = log;
  auto process = test_support::ChildProcess::start(std::move(command), options);
  bool answered = false;
  const bool settled = test_support::eventually(std::chrono::seconds(30), [&] {
    if (!process.running()) return true;
    try {
      answered = test_support::http_request(port, "GET", target).status == 200;
    } catch (const std::runtime_error&) {
      answered = false;  // not yet
    }
    return answered;
  });
  if (settled && answered) return process;
  std::ifstream file(log, std::ios::binary);
  throw std::runtime_error(
      name + " does not start: " + std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace hearth::bench
