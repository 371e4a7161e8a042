#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "checks/change_history.hpp"
#include "checks/fleet_bench.hpp"
#include "checks/hit_rate.hpp"
#include "checks/zipf.hpp"

namespace hearth::checks {

/// Steady reads of flags by Zipf's law from all processes of a fleet. Threading: one owner.
class RecoveryLoad {
 public:
  struct Options {
    std::size_t threads = 6;
    std::size_t reads_per_second = 3'000;
  };

  RecoveryLoad(FleetBench& fleet, Options options);
  /// Stops.
  ~RecoveryLoad();
  RecoveryLoad(const RecoveryLoad&) = delete;
  RecoveryLoad& operator=(const RecoveryLoad&) = delete;

  void stop();
  /// Reads until now.
  [[nodiscard]] std::uint64_t reads() const noexcept { return reads_; }
  [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }
  /// The first failure in words. After `stop`.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  /// What was read around `event`. After `stop`.
  [[nodiscard]] HitRateHistory around(Clock::time_point event, std::chrono::milliseconds before,
                                      std::chrono::milliseconds after) const;

 private:
  struct Answer {
    Clock::time_point time;
    bool hit = false;
  };

  void read(std::size_t thread);
  void note_failure(const std::string& words);

  FleetBench& fleet_;
  const Options options_;
  const Zipf popularity_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> reads_ = 0;
  std::atomic<std::uint64_t> failed_ = 0;
  std::mutex mutex_;
  std::string failure_;                                        ///< under mutex_
  std::vector<std::unique_ptr<std::vector<Answer>>> answers_;  ///< one a thread
  std::vector<std::thread> threads_;
};

}  // namespace hearth::checks
