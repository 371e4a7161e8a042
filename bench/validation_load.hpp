#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "checks/zipf.hpp"

namespace hearth::bench {

/// One read of one flag, as its reader saw it.
struct ValidationRead {
  std::chrono::steady_clock::time_point sent;
  std::chrono::nanoseconds latency{};
  bool answered = false;  ///< with 200
  bool hit = false;       ///< by a cache: `X-Cache: near` or `hit`
};

/// Reads of flags by Zipf's law at a steady rate over HTTP, spread over several servers; the same
/// flags in the same order each time. Blocking clients on threads of their own. A reader that
/// falls behind because an answer is late does not catch up with more than a few reads.
/// Threading: one owner.
class ValidationLoad {
 public:
  struct Options {
    std::size_t flags = 1'000;
    std::size_t threads = 8;
    std::size_t reads_per_second = 2'000;
  };

  /// Begins, at servers on these ports of 127.0.0.1.
  ValidationLoad(std::vector<std::uint16_t> ports, Options options);
  /// Stops.
  ~ValidationLoad();
  ValidationLoad(const ValidationLoad&) = delete;
  ValidationLoad& operator=(const ValidationLoad&) = delete;

  /// Ends the load. All reads, in the order in which they were sent. To be called once.
  [[nodiscard]] std::vector<ValidationRead> finish();

 private:
  void read(std::size_t thread);

  const std::vector<std::uint16_t> ports_;
  const Options options_;
  const checks::Zipf popularity_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::vector<ValidationRead>> reads_;  ///< of each thread, which alone writes it
  std::vector<std::thread> threads_;
};

}  // namespace hearth::bench
