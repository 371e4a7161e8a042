#include "adapters/telemetry/console_line.hpp"

#include <spdlog/details/console_globals.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace hearth::adapters::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds until(steady_clock::time_point deadline) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(deadline - steady_clock::now()));
}

/// spdlog's mutex has no timed lock, and its holder may be stuck in a write that nobody reads.
bool lock_until(std::unique_lock<std::mutex>& lock, steady_clock::time_point deadline) {
  while (!lock.try_lock()) {
    if (steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

bool takes_more(int descriptor, steady_clock::time_point deadline) {
  pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, static_cast<int>(until(deadline).count()));
  } while (ready < 0 && errno == EINTR);
  return ready == 1 && (waiting.revents & POLLOUT) != 0;
}

}  // namespace

bool write_console_line(int descriptor, std::string_view line, milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  const std::string bytes = std::string(line) + '\n';
  std::unique_lock lock(spdlog::details::console_mutex::mutex(), std::defer_lock);
  if (!lock_until(lock, deadline)) return false;

  std::size_t written = 0;
  while (written < bytes.size()) {
    if (!takes_more(descriptor, deadline)) return false;
    const auto count = write(descriptor, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
    written += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  return true;
}

}  // namespace hearth::adapters::telemetry
