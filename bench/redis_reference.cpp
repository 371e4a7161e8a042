#include "bench/redis_reference.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// From `... 123456.78 requests per second, p50=...`, the last line that redis-benchmark prints.
double requests_per_second(const std::string& output) {
  const auto end = output.rfind(" requests per second");
  const auto before = end == std::string::npos ? end : output.rfind(' ', end - 1);
  if (before == std::string::npos) {
    throw std::runtime_error("redis-benchmark printed no figure: " + output);
  }
  return std::stod(output.substr(before + 1, end - before - 1));
}

}  // namespace

double redis_benchmark_setex(std::uint16_t port, std::size_t commands, std::size_t pipeline,
                             std::size_t keys, const std::string& value) {
  const test_support::TemporaryDirectory folder;
  const auto output = folder.path() / "output";
  test_support::ChildOptions options;
  options.standard_output = output;
  options.standard_error = output;
  auto child = test_support::ChildProcess::start(
      {"redis-benchmark", "-h", "127.0.0.1", "-p", std::to_string(port), "-n",
       std::to_string(commands), "-P", std::to_string(pipeline), "-r", std::to_string(keys), "-c",
       "1", "-q", "SETEX", "reference:__rand_int__", "300", value},
      options);
  if (child.wait(std::chrono::minutes(1)) != 0) {
    throw std::runtime_error("redis-benchmark failed: " + text_of(output));
  }
  return requests_per_second(text_of(output));
}

}  // namespace hearth::bench
