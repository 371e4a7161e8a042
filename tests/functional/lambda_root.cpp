#include "functional/lambda_root.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

#include "support/child_process.hpp"

namespace hearth::functional {
namespace {

using test_support::ChildOptions;
using test_support::ChildProcess;
using test_support::CommandResult;
using test_support::TemporaryDirectory;

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

void run_or_throw(std::vector<std::string> command) {
  const auto result = run_to_end(std::move(command));
  if (result.exit_code != 0) throw std::runtime_error(result.out + result.err);
}

}  // namespace

std::filesystem::path make_lambda_zip(const std::filesystem::path& folder) {
  run_or_throw({HEARTH_PACKAGE_SCRIPT, HEARTH_BINARY_FOLDER, folder.string()});
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("hearth-lambda-") && name.ends_with(".zip")) return entry.path();
  }
  throw std::runtime_error("the script made no zip");
}

LambdaRoot::LambdaRoot() : zip_(make_lambda_zip(directory_.path())) {
  for (const auto* folder : {"var/task", "etc", "tmp"}) {
    std::filesystem::create_directories(path() / folder);
  }
  std::ofstream(path() / "etc/hosts") << "127.0.0.1 database.internal cache.internal\n";
  run_or_throw({"unzip", "-q", zip_.string(), "-d", task().string()});
}

std::vector<std::string> LambdaRoot::command(std::string_view program) const {
  std::vector<std::string> words = {"chroot", path().string(), std::string(program)};
  // Who is not root may still be it in a namespace of their own.
  if (geteuid() != 0) words.insert(words.begin(), {"unshare", "--map-root-user"});
  return words;
}

CommandResult LambdaRoot::run(std::string_view program, const std::vector<std::string>& arguments,
                              const test_support::Environment& variables) const {
  auto words = command(program);
  words.insert(words.end(), arguments.begin(), arguments.end());
  ChildOptions options;
  options.inherit_environment = false;
  options.environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
  for (const auto& [name, value] : variables) options.environment.push_back(name + "=" + value);
  return run_to_end(std::move(words), options);
}

}  // namespace hearth::functional
