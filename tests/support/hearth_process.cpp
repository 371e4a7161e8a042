#include "support/hearth_process.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>

#include "support/eventually.hpp"
#include "support/free_port.hpp"

#ifndef HEARTH_BINARY
#error "HEARTH_BINARY is the path of the hearth binary under test"
#endif

namespace hearth::test_support {
namespace {

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What the binary needs of the test's own environment: where programs are, and how sanitizers
/// and the coverage runtime behave. Nothing that hearth itself reads.
bool is_inherited(std::string_view name) {
  return name == "PATH" || name == "HOME" || name == "TMPDIR" || name == "LLVM_PROFILE_FILE" ||
         name.starts_with("GCOV_") || name.ends_with("SAN_OPTIONS");
}

std::vector<std::string> environment_for(const Environment& settings) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    if (is_inherited(name) && !settings.contains(name)) environment.emplace_back(text);
  }
  for (const auto& [name, value] : settings) environment.push_back(name + "=" + value);
  return environment;
}

/// In `directory`, because hearth makes its embedded database where it stands: `env -C`.
std::vector<std::string> command_in(const std::filesystem::path& directory,
                                    const std::vector<std::string>& arguments,
                                    const std::vector<std::string>& program = {HEARTH_BINARY}) {
  std::vector<std::string> command{"env", "-C", directory.string()};
  command.insert(command.end(), program.begin(), program.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

std::filesystem::path hearth_binary() { return HEARTH_BINARY; }

CommandResult run_hearth(const std::vector<std::string>& arguments, const Environment& environment,
                         std::string_view standard_input, std::chrono::milliseconds timeout) {
  const TemporaryDirectory streams;
  const TemporaryDirectory work;
  ChildOptions child;
  child.standard_input = streams.path() / "in";
  child.standard_output = streams.path() / "out";
  child.standard_error = streams.path() / "err";
  child.environment = environment_for(environment);
  child.inherit_environment = false;
  std::ofstream(*child.standard_input, std::ios::binary) << standard_input;

  auto process = ChildProcess::start(command_in(work.path(), arguments), child);
  const auto status = process.wait(timeout);
  CommandResult result{status.value_or(-1), contents_of(*child.standard_output),
                       contents_of(*child.standard_error)};
  if (!status) {
    throw std::runtime_error("hearth does not end; its output:\n" + result.out + result.err);
  }
  return result;
}

HearthServer::HearthServer(Options options) {
  // Somebody may take a port between finding it and listening on it.
  for (int attempt = 0; attempt < 3; ++attempt) {
    port_ = free_port();
    if (launch(options)) return;
    if (errors().find("ddress already in use") == std::string::npos &&
        output().find("ddress already in use") == std::string::npos) {
      break;
    }
  }
  throw std::runtime_error("hearth serve does not start; its output:\n" + output() + errors());
}

bool HearthServer::launch(const Options& options) {
  auto settings = options.environment;
  settings["HOST"] = "127.0.0.1";
  settings["PORT"] = std::to_string(port_);
  ChildOptions child;
  child.standard_input = options.standard_input;
  child.standard_output = directory_.path() / "out.log";
  child.standard_error = directory_.path() / "err.log";
  child.environment = environment_for(settings);
  child.inherit_environment = false;
  std::vector<std::string> arguments{"serve"};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  const auto command = options.program.empty()
                           ? command_in(directory_.path(), arguments)
                           : command_in(directory_.path(), arguments, options.program);
  process_.emplace(ChildProcess::start(command, child));
  if (options.wait_for == WaitFor::nothing) return true;

  const auto* probe = options.wait_for == WaitFor::ready ? "/readyz" : "/livez";
  bool answered = false;
  const bool settled = eventually(options.start_limit, [&] {
    if (!process_->running()) return true;
    try {
      answered = request("GET", probe).status == 200;
    } catch (const std::runtime_error&) {
      answered = false;
    }
    return answered;
  });
  return settled && answered && process_->running();
}

HttpResponse HearthServer::request(std::string_view method, std::string_view target,
                                   const HttpHeaders& headers, std::string_view body) const {
  return http_request(port_, method, target, headers, body);
}

std::string HearthServer::output() const { return contents_of(directory_.path() / "out.log"); }
std::string HearthServer::errors() const { return contents_of(directory_.path() / "err.log"); }

int HearthServer::stop(std::chrono::milliseconds grace) { return process_->stop(grace); }

HearthFunction::HearthFunction(const Environment& environment,
                               const std::vector<std::string>& program) {
  ChildOptions child;
  child.standard_output = directory_.path() / "out.log";
  child.standard_error = directory_.path() / "err.log";
  child.environment = environment_for(environment);
  child.inherit_environment = false;
  process_.emplace(ChildProcess::start(command_in(directory_.path(), {}, program), child));
}

std::string HearthFunction::output() const { return contents_of(directory_.path() / "out.log"); }
std::string HearthFunction::errors() const { return contents_of(directory_.path() / "err.log"); }

}  // namespace hearth::test_support
