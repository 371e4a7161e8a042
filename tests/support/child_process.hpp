#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hearth::test_support {

struct ChildOptions {
  /// Run as this user when the test itself runs as root (PostgreSQL refuses root).
  std::optional<std::string> user_when_root;
  std::optional<std::filesystem::path> standard_input;   ///< read; /dev/null without
  std::optional<std::filesystem::path> standard_output;  ///< truncated; /dev/null without
  std::optional<std::filesystem::path> standard_error;   ///< may be the same file as output
  /// `NAME=value`, in addition to the test's own environment, or instead of it.
  std::vector<std::string> environment;
  bool inherit_environment = true;
};

/// A process of a test's own. It dies with its object, and with the test should that crash.
/// Only ever signalled by its own process id. Threading: one owner, and the thread that starts it
/// must outlive it (the kernel ties the child to the thread, not to the process).
class ChildProcess {
 public:
  /// Starts `arguments[0]` (looked up in PATH). Throws std::runtime_error if it cannot be run.
  [[nodiscard]] static ChildProcess start(std::vector<std::string> arguments,
                                          const ChildOptions& options = {});

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills with SIGKILL if it still runs, and waits for its end.
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Sends a signal, unless the process has ended and been waited for.
  void signal(int number) const noexcept;

  [[nodiscard]] bool running() { return !wait(std::chrono::milliseconds(0)); }

  /// The exit status, or 128 + the number of the signal that ended it; nothing if it still runs
  /// after `timeout`. May be asked again.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds timeout);

  /// SIGTERM, and SIGKILL after `grace`. The exit status, as `wait`.
  int stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace hearth::test_support
