#include "bench/processor_time.hpp"

#include <stdexcept>
#include <string>
#include <time.h>

namespace hearth::bench {

std::chrono::nanoseconds processor_time(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    throw std::runtime_error("The processor time of process " + std::to_string(process) +
                             " cannot be read");
  }
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace hearth::bench
