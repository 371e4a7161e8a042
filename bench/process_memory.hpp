#pragma once

#include <cstdlib>
#include <fstream>
#include <malloc.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hearth::bench {

/// How far this process's resident memory grows beyond its size now, at its peak. Linux only.
class MemoryGrowth {
 public:
  /// Returns what malloc keeps for later, and begins a new peak.
  MemoryGrowth() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";  // resets VmHWM (proc(5))
    before_kib_ = status_kib("VmRSS:");
  }

  [[nodiscard]] double mib() const {
    return static_cast<double>(status_kib("VmHWM:") - before_kib_) / 1024;
  }

 private:
  static long status_kib(std::string_view name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(name)) return std::atol(line.c_str() + name.size());
    }
    throw std::runtime_error("/proc/self/status has no " + std::string(name));
  }

  long before_kib_ = 0;
};

}  // namespace hearth::bench
