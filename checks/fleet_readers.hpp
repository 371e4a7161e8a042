#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "checks/change_history.hpp"

namespace hearth::checks {

/// What clients have seen of one process of a fleet that starts.
struct StartRecord {
  std::optional<Clock::time_point> first_answer;
  std::optional<Clock::time_point> last_miss;  ///< the end of the last read that was no hit
  std::uint64_t reads = 0;
  std::uint64_t misses = 0;
  std::uint64_t failed = 0;
  std::string failure;  ///< the first, in words
};

/// Clients that read the warmed flags from all processes, from the moment in which one listens.
///
/// That nobody listens yet is no failure; everything is that goes wrong on a connection which was
/// accepted, and every refusal after the first answer. Threading: one owner; records may be asked
/// for at any time.
class FleetReaders {
 public:
  struct Options {
    std::size_t threads = 8;
    std::size_t warmed_flags = 20;  ///< `flag-0` and so on
    std::size_t reads_per_second = 2'000;
  };

  FleetReaders(std::vector<std::uint16_t> ports, Options options);
  /// Stops.
  ~FleetReaders();
  FleetReaders(const FleetReaders&) = delete;
  FleetReaders& operator=(const FleetReaders&) = delete;

  void stop();
  /// This process is about to be killed: what it fails to answer from now on does not count.
  void forgive(std::size_t process) { forgiven_ = static_cast<int>(process); }

  [[nodiscard]] std::vector<StartRecord> records() const;

 private:
  struct Process;

  void read(std::size_t thread);
  void read_once(std::size_t index, std::size_t flag);
  void note_failure(std::size_t index, const std::string& words);

  const Options options_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> forgiven_ = -1;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::thread> threads_;
};

}  // namespace hearth::checks
