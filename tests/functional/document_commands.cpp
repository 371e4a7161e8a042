#include "functional/document_commands.hpp"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "functional/functional_support.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {

using namespace std::chrono_literals;
using test_support::CommandResult;

CommandDocument parse_commands(std::string_view markdown) {
  CommandDocument document;
  std::istringstream lines{std::string(markdown)};
  std::string section;
  std::string fence;  // how the open block began; empty outside of one
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (!fence.empty()) {
      const bool is_command = fence == "```sh";
      if (line == "```") {
        fence.clear();
      } else if (is_command) {
        document.commands.back().script += line + "\n";
      }
      continue;
    }
    if (line.starts_with("```")) {
      fence = line;
      if (fence == "```sh") document.commands.push_back({section, number + 1, ""});
    } else if (line.starts_with("## ")) {
      section = line.substr(3);
      document.sections.push_back(section);
    }
  }
  if (!fence.empty()) throw std::runtime_error("a block that begins with " + fence + " has no end");
  return document;
}

std::optional<CommandResult> run_command(const DocumentCommand& command,
                                         const test_support::Environment& environment) {
  const test_support::TemporaryDirectory folder;
  test_support::ChildOptions options;
  options.standard_output = folder.path() / "out";
  options.standard_error = folder.path() / "err";
  for (const auto& [name, value] : environment) options.environment.push_back(name + "=" + value);
  const char* path = std::getenv("PATH");
  options.environment.push_back("PATH=" + test_support::hearth_binary().parent_path().string() +
                                ":" + (path == nullptr ? "/usr/bin:/bin" : path));
  auto shell = test_support::ChildProcess::start(
      {"bash", "-eu", "-o", "pipefail", "-c", command.script}, options);
  const auto exit_code = shell.wait(30s);
  if (!exit_code) return std::nullopt;
  return CommandResult{*exit_code, read_file(folder.path() / "out"),
                       read_file(folder.path() / "err")};
}

std::string fault_of(const std::optional<CommandResult>& result) {
  if (!result) return "it does not end";
  if (result->exit_code != 0) {
    return "it ends with " + std::to_string(result->exit_code) + "\n" + result->out + result->err;
  }
  if (result->out.find_first_not_of(" \n") == std::string::npos) {
    return "it prints nothing\n" + result->err;
  }
  return "";
}

}  // namespace hearth::functional
