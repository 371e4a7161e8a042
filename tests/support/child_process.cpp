#include "child_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include "eventually.hpp"

namespace hearth::test_support {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_of(const ChildOptions& options) {
  std::vector<std::string> environment;
  if (options.inherit_environment) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string inherited = *entry;
      const auto name = inherited.substr(0, inherited.find('=') + 1);
      bool replaced = false;
      for (const auto& own : options.environment) replaced |= own.starts_with(name);
      if (!replaced) environment.push_back(inherited);
    }
  }
  environment.insert(environment.end(), options.environment.begin(), options.environment.end());
  return environment;
}

struct User {
  uid_t id;
  gid_t group;
};

std::optional<User> user_to_become(const ChildOptions& options) {
  if (!options.user_when_root || geteuid() != 0) return std::nullopt;
  const passwd* entry = getpwnam(options.user_when_root->c_str());
  if (entry == nullptr) throw std::runtime_error("no user " + *options.user_when_root);
  return User{entry->pw_uid, entry->pw_gid};
}

bool redirect(const char* path, int flags, int descriptor) {
  const int file = open(path, flags, 0666);
  if (file < 0) return false;
  if (file == descriptor) return true;
  const bool done = dup2(file, descriptor) >= 0;
  close(file);
  return done;
}

const char* path_or_null_device(const std::optional<std::filesystem::path>& path) {
  return path ? path->c_str() : "/dev/null";
}

/// What the child does between fork and exec: system calls only. Gives the step that failed.
const char* prepare_child(const ChildOptions& options, const std::optional<User>& user,
                          pid_t parent) {
  constexpr int write_flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  if (!redirect(path_or_null_device(options.standard_input), O_RDONLY | O_CLOEXEC, 0) ||
      !redirect(path_or_null_device(options.standard_output), write_flags, 1) ||
      !redirect(path_or_null_device(options.standard_error), write_flags, 2)) {
    return "open its standard streams";
  }
  if (user && (setgroups(0, nullptr) != 0 || setgid(user->group) != 0 || setuid(user->id) != 0)) {
    return "change its user";
  }
  // After setuid, which clears it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return "tie its life to its parent's";
  if (getppid() != parent) return "find its parent";
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  return nullptr;
}

void truncate_outputs(const ChildOptions& options) {
  for (const auto& path : {options.standard_output, options.standard_error}) {
    if (!path) continue;
    const int file = open(path->c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file >= 0) close(file);
  }
}

}  // namespace

ChildProcess ChildProcess::start(std::vector<std::string> arguments, const ChildOptions& options) {
  auto environment = environment_of(options);
  const auto argument_pointers = pointers_to(arguments);
  const auto environment_pointers = pointers_to(environment);
  const auto user = user_to_become(options);
  truncate_outputs(options);
  // Closed by exec: the parent reads nothing after a success, and the reason after a failure.
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    const char* failed_step = prepare_child(options, user, parent);
    if (failed_step == nullptr) {
      execvpe(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
      failed_step = strerrordesc_np(errno);
    }
    const auto written = write(report[1], failed_step, std::strlen(failed_step));
    _exit(written > 0 ? 127 : 126);
  }
  close(report[1]);
  if (pid < 0) {
    close(report[0]);
    throw std::runtime_error("cannot fork");
  }
  ChildProcess child(pid);
  char reason[200];
  const auto length = read(report[0], reason, sizeof reason);
  close(report[0]);
  if (length > 0) {
    throw std::runtime_error("cannot start " + arguments[0] + ": " +
                             std::string(reason, static_cast<std::size_t>(length)));
  }
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), status_(std::exchange(other.status_, std::nullopt)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0 || status_) return;
  kill(pid_, SIGKILL);
  int ignored = 0;
  while (waitpid(pid_, &ignored, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::signal(int number) const noexcept {
  if (pid_ > 0 && !status_) kill(pid_, number);
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds timeout) {
  if (status_ || pid_ < 0) return status_;
  const bool ended = eventually(timeout, [this] {
    int raw = 0;
    if (waitpid(pid_, &raw, WNOHANG) != pid_) return false;
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return true;
  });
  return ended ? status_ : std::nullopt;
}

int ChildProcess::stop(std::chrono::milliseconds grace) {
  if (const auto status = wait(std::chrono::milliseconds(0))) return *status;
  if (pid_ < 0) return -1;
  // A process that a test has paused could not hear SIGTERM.
  kill(pid_, SIGCONT);
  kill(pid_, SIGTERM);
  if (const auto status = wait(grace)) return *status;
  kill(pid_, SIGKILL);
  return wait(std::chrono::seconds(10)).value_or(-1);
}

}  // namespace hearth::test_support
