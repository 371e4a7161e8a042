#pragma once

#include <sys/types.h>

#include <chrono>

namespace hearth::bench {

/// The processor time that all threads of a process have used so far, in user mode and in the
/// kernel, those that have ended included; not that of its children. To the nanosecond: the
/// scheduler's own account (clock_getcpuclockid(3)), not the ticks of /proc/PID/stat.
/// Throws std::runtime_error if there is no such process.
[[nodiscard]] std::chrono::nanoseconds processor_time(pid_t process);

}  // namespace hearth::bench
