#include "support/lambda_root.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include "support/child_process.hpp"

namespace hearth::test_support {
namespace {

std::string contents_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

CommandResult run_to_end(std::vector<std::string> command, ChildOptions options = {}) {
  const TemporaryDirectory folder;
  options.standard_output = folder.path() / "out";
  options.standard_error = folder.path() / "err";
  auto child = ChildProcess::start(std::move(command), options);
  const auto status = child.wait(std::chrono::seconds(60));
  return {.exit_code = status.value_or(-1),
          .out = contents_of(*options.standard_output),
          .err = contents_of(*options.standard_error)};
}

}  // namespace

LambdaRoot::LambdaRoot(const std::filesystem::path& zip) {
  for (const auto* folder : {"var/task", "etc", "tmp"}) {
    std::filesystem::create_directories(path() / folder);
  }
  std::ofstream(path() / "etc/hosts") << "127.0.0.1 database.internal cache.internal\n";
  const auto unpacked = run_to_end({"unzip", "-q", zip.string(), "-d", task().string()});
  if (unpacked.exit_code != 0) throw std::runtime_error(unpacked.out + unpacked.err);
}

std::vector<std::string> LambdaRoot::command(std::string_view program) const {
  std::vector<std::string> words = {"chroot", path().string(), std::string(program)};
  // Who is not root may still be it in a namespace of their own.
  if (geteuid() != 0) words.insert(words.begin(), {"unshare", "--map-root-user"});
  return words;
}

CommandResult LambdaRoot::run(std::string_view program, const std::vector<std::string>& arguments,
                              const Environment& variables) const {
  auto words = command(program);
  words.insert(words.end(), arguments.begin(), arguments.end());
  ChildOptions options;
  options.inherit_environment = false;
  options.environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
  for (const auto& [name, value] : variables) options.environment.push_back(name + "=" + value);
  return run_to_end(std::move(words), options);
}

}  // namespace hearth::test_support
