#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "checks/fleet_bench.hpp"
#include "checks/staleness_load.hpp"

namespace hearth::chaos {

/// What clients saw while something was broken, and after it had been mended.
struct Outcome {
  std::uint64_t reads = 0;         ///< while it was broken
  std::uint64_t failed_reads = 0;  ///< then and later
  std::uint64_t stale_reads = 0;   ///< marked `X-Cache: stale`
  std::uint64_t violations = 0;    ///< reads older than an acknowledged change, at any time
  double p99_ms = 0;               ///< of reads, while it was broken
  double healed_ms = 0;            ///< from mending until all is well; see `heals`
  std::string failures;            ///< in words
};

/// Two real processes under load on private servers, of which a case breaks one thing.
///
/// All flags are in Redis before anything breaks, and with the usual TTL do not expire during the
/// case, so that no read needs the database while Redis serves.
class ChaosTest : public testing::Test {
 protected:
  /// Starts servers and processes.
  void set_up_fleet(std::vector<std::string> redis_settings = {},
                    std::chrono::seconds ttl = std::chrono::seconds(300));

  /// Goes through calm, `break_it` and `mend_it` under load; both return when they are done, and
  /// what lies between is the time of the fault. Then waits until the fleet is well again, and for
  /// more reads after that. Prints a line of the table of failures.
  Outcome endure(const std::string& name, const std::function<void()>& break_it,
                 const std::function<void()>& mend_it);

  /// What every case asserts: nobody was failed, nobody was told something old, and it healed.
  static void expect_no_harm(const Outcome& outcome);

  [[nodiscard]] checks::FleetBench& fleet() { return *fleet_; }

 private:
  /// At every process a flag is a hit and a change is acknowledged everywhere. False if that takes
  /// longer than 20 s.
  [[nodiscard]] bool heals();

  std::unique_ptr<checks::FleetBench> fleet_;
};

}  // namespace hearth::chaos
