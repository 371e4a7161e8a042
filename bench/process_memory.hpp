#pragma once

#include <sys/types.h>

#include <cstdlib>
#include <fstream>
#include <malloc.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

namespace hearth::bench {

/// A figure of /proc/PID/status (proc(5)) in KiB, by its name with the colon. Throws
/// std::runtime_error if it is not there.
[[nodiscard]] inline long status_kib(pid_t process, std::string_view name) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::atol(line.c_str() + name.size());
  }
  throw std::runtime_error("/proc/PID/status has no " + std::string(name));
}

/// All pages of a process that are in memory, those of libraries that others use too included.
[[nodiscard]] inline double resident_memory_mib(pid_t process) {
  return static_cast<double>(status_kib(process, "VmRSS:")) / 1024;
}

/// Those of them that belong to no file: heap and stacks.
[[nodiscard]] inline double anonymous_memory_mib(pid_t process) {
  return static_cast<double>(status_kib(process, "RssAnon:")) / 1024;
}

/// How far this process's resident memory grows beyond its size now, at its peak. Linux only.
class MemoryGrowth {
 public:
  /// Returns what malloc keeps for later, and begins a new peak.
  MemoryGrowth() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // resets VmHWM (proc(5))
    before_kib_ = status_kib(getpid(), "VmRSS:");
  }

  [[nodiscard]] double mib() const {
    return static_cast<double>(status_kib(getpid(), "VmHWM:") - before_kib_) / 1024;
  }

 private:
  long before_kib_ = 0;
};

}  // namespace hearth::bench
