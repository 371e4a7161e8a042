#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/child_process.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::test_support {

/// Settings for the binary under test, by name. Nothing that hearth reads is inherited from the
/// environment of the test.
using Environment = std::map<std::string, std::string>;

struct CommandResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

/// Runs the real `hearth` with these arguments in an empty temporary folder and waits for its end.
/// Throws std::runtime_error, with its output, if that takes longer than `timeout`.
[[nodiscard]] CommandResult run_hearth(
    const std::vector<std::string>& arguments, const Environment& environment = {},
    std::string_view standard_input = {},
    std::chrono::milliseconds timeout = std::chrono::seconds(30));

/// The binary under test.
[[nodiscard]] std::filesystem::path hearth_binary();

/// A running `hearth serve` on a free port of 127.0.0.1, in a temporary folder of its own (where
/// an embedded database lands too). Threading: one owner.
class HearthServer {
 public:
  enum class WaitFor { nothing, live, ready };

  struct Options {
    Environment environment;             ///< HOST and PORT are set by the bench
    std::vector<std::string> arguments;  ///< further arguments after `serve`
    std::vector<std::string> program;    ///< runs this, and then `serve`, instead of `hearth`
    std::optional<std::filesystem::path> standard_input;  ///< /dev/null without
    WaitFor wait_for = WaitFor::live;
    std::chrono::milliseconds start_limit = std::chrono::seconds(20);
  };

  /// Starts it and waits until /livez (or /readyz) answers 200, or for nothing. Throws
  /// std::runtime_error with its output if it does not.
  HearthServer() : HearthServer(Options{}) {}
  explicit HearthServer(Options options);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] pid_t pid() const noexcept { return process_->pid(); }
  [[nodiscard]] ChildProcess& process() noexcept { return *process_; }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept {
    return directory_.path();
  }

  /// A request over a connection of its own.
  [[nodiscard]] HttpResponse request(std::string_view method, std::string_view target,
                                     const HttpHeaders& headers = {},
                                     std::string_view body = {}) const;

  /// Standard output and standard error so far.
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string errors() const;

  /// SIGTERM, then its exit code. SIGKILL after `grace`.
  int stop(std::chrono::milliseconds grace = std::chrono::seconds(15));

 private:
  [[nodiscard]] bool launch(const Options& options);

  TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
  std::optional<ChildProcess> process_;
};

/// A running function of AWS Lambda, in a temporary folder of its own. Threading: one owner.
class HearthFunction {
 public:
  /// Starts `program`, which is or becomes `hearth lambda`. `environment` names its Runtime API.
  /// It is not waited for.
  HearthFunction(const Environment& environment, const std::vector<std::string>& program);

  [[nodiscard]] ChildProcess& process() noexcept { return *process_; }

  /// Standard output and standard error so far.
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string errors() const;

 private:
  TemporaryDirectory directory_;
  std::optional<ChildProcess> process_;
};

}  // namespace hearth::test_support
