#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "checks/change_history.hpp"
#include "checks/durations.hpp"
#include "checks/fleet_bench.hpp"

namespace hearth::checks {

/// What is being done to the fleet at this moment, for the records of the load. Written by the
/// thread that breaks things, read by all.
struct Stage {
  static constexpr std::size_t calm = 0;
  static constexpr int nobody = -1;

  /// After the first fault: nothing is broken, but Redis may have lost what it held, processes
  /// their connections. The same as `calm` for those who do not tell them apart.
  std::size_t between_faults = calm;
  std::atomic<std::size_t> phase = calm;  ///< 0: nothing; otherwise which fault, or the beginning
  std::atomic<int> stopped = nobody;      ///< the process that is stopped by a signal
};

/// What was counted during one phase.
struct PhaseTally {
  std::map<std::string, std::uint64_t> reads_by_source;  ///< by X-Cache
  std::uint64_t failed_reads = 0;                        ///< no answer, or not a 200
  std::map<int, std::uint64_t> changes_by_status;        ///< 0: no answer
  Durations read_times;                                  ///< of answers with 200
  Durations acknowledgements;         ///< of 200, from sending, not through a stopped process
  std::uint64_t through_stopped = 0;  ///< acknowledged changes that a stopped process held up
  Durations bare_updates;             ///< of PostgreSQL alone, for comparison
  std::uint64_t warm_runs = 0;
  std::map<std::string, std::uint64_t> failures;  ///< of reads, in words

  void add(const PhaseTally& other);
  [[nodiscard]] std::uint64_t reads() const;
};
using Tallies = std::vector<PhaseTally>;  ///< by phase

/// A read that must not be.
struct Violation {
  std::size_t flag = 0;
  std::size_t process = 0;
  std::size_t phase = 0;
  std::uint64_t floor = 0;   ///< acknowledged before the read started
  std::uint64_t number = 0;  ///< what it answered
  ChangeHistory::Verdict verdict{};
  std::string source;
  Clock::time_point start;
  Clock::time_point end;
  std::vector<Change> changes;  ///< of the flag, as they were known right after the read
};

struct LoadOptions {
  std::size_t readers_per_process = 2;
  std::size_t writers = 6;
  std::size_t contested_flags = 16;  ///< which half of all reads and changes are about
  std::size_t reads_per_second = 2'000;
  std::size_t changes_per_second = 40;
  std::chrono::milliseconds warm_run_interval{40};
  std::uint64_t seed = 1;
  /// Whether to measure PostgreSQL alone as well, which must then stay where it is.
  bool measures_bare_updates = false;
};

/// Readers, writers and warm runs against all processes of a fleet, each on a thread
/// of its own, over keep-alive connections. Every read is judged by the history of its flag.
///
/// A reader keeps to one process, so that a process that stands still does not stop reads from the
/// others; every second writer avoids a stopped process for the same reason. Threading: one owner;
/// what is counted may be asked for at any time.
class StalenessLoad {
 public:
  StalenessLoad(FleetBench& fleet, const Stage& stage, std::size_t phases, LoadOptions options);
  /// Stops.
  ~StalenessLoad();
  StalenessLoad(const StalenessLoad&) = delete;
  StalenessLoad& operator=(const StalenessLoad&) = delete;

  void start();
  /// Returns when every request under way has ended.
  void stop();

  [[nodiscard]] std::uint64_t checked_reads() const noexcept { return checked_reads_; }
  [[nodiscard]] std::uint64_t violation_count() const noexcept { return violation_count_; }
  /// After `stop`.
  [[nodiscard]] Tallies tallies() const;
  /// The first 20.
  [[nodiscard]] std::vector<Violation> violations() const;
  [[nodiscard]] ChangeHistory& history(std::size_t flag) { return *histories_.at(flag); }

 private:
  class Client;

  void read(std::size_t reader, std::uint64_t seed, Tallies& tallies);
  void read_once(std::size_t process, std::size_t flag, Client& client, Tallies& tallies);
  void write(std::size_t writer, std::uint64_t seed, Tallies& tallies);
  void write_once(std::size_t process, std::size_t flag, Client& client, Tallies& tallies);
  void warm(std::uint64_t seed, Tallies& tallies);
  void measure_bare_updates(Tallies& tallies);
  /// The phase that a request belongs to which began in `begin` and ends now.
  [[nodiscard]] std::size_t phase_since(std::size_t begin) const;
  void report(Violation violation);

  FleetBench& fleet_;
  const Stage& stage_;
  const LoadOptions options_;
  std::vector<std::unique_ptr<ChangeHistory>> histories_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> checked_reads_ = 0;
  std::atomic<std::uint64_t> violation_count_ = 0;
  mutable std::mutex mutex_;
  std::vector<Violation> violations_;              ///< under mutex_
  std::vector<std::unique_ptr<Tallies>> tallies_;  ///< one a thread
  std::vector<std::thread> threads_;
};

}  // namespace hearth::checks
