#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "application/deadline.hpp"
#include "application/ports/access_repository.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/telemetry.hpp"
#include "application/task.hpp"
#include "domain/heat.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// Counts reads on one thread, without a lock.
/// Threading: its thread alone.
class AccessCounter {
 public:
  /// Finds a key by a view of it.
  struct Hash : std::hash<domain::FlagKeyView> {
    using is_transparent = void;
  };
  /// (key -> reads)
  using ByKey = std::unordered_map<domain::FlagKey, std::uint64_t, Hash, std::equal_to<>>;
  /// (environment -> key -> reads)
  using Counts = std::unordered_map<domain::Environment, ByKey>;

  /// More distinct keys than this between two flushes are not counted.
  static constexpr std::size_t most_keys = 200'000;

  AccessCounter() = default;
  ~AccessCounter() = default;
  AccessCounter(const AccessCounter&) = delete;
  AccessCounter& operator=(const AccessCounter&) = delete;

  /// One read of a live flag.
  void record(const domain::Environment& environment, domain::FlagKeyView key);

  /// What has been counted since the last time.
  [[nodiscard]] Counts take();

 private:
  Counts counts_;
  Counts::value_type* last_ = nullptr;  ///< in counts_
  std::size_t keys_ = 0;
};

/// Collects the counts of all threads and writes them now and then by one statement, so that
/// "top N" means something. Nothing is written when nothing was read.
/// Threading: its own executor, apart from `add_counter`, which comes before everything else.
class AccessTracker {
 public:
  AccessTracker(AccessRepository& repository, const Clock& clock, Telemetry& telemetry,
                domain::HeatDecay decay);

  /// A counter whose thread runs `executor`; both must outlive the tracker's use.
  void add_counter(Executor executor, AccessCounter& counter);

  /// Writes what has been counted. Counts that were not written because the database could not be
  /// reached are kept for the next time; those in doubt are dropped. Returns how many flags were
  /// written.
  [[nodiscard]] Task<domain::Result<std::size_t>> flush(Deadline deadline);

 private:
  struct Source {
    Executor executor;
    AccessCounter* counter;
  };

  Task<void> collect();
  void keep(const AccessCounter::Counts& counts);
  [[nodiscard]] std::vector<AccessCount> as_accesses(const AccessCounter::Counts& counts) const;

  AccessRepository& repository_;
  const Clock& clock_;
  Telemetry& telemetry_;
  domain::HeatDecay decay_;
  std::vector<Source> sources_;
  AccessCounter::Counts collected_;
  std::size_t collected_keys_ = 0;
};

}  // namespace hearth::application
