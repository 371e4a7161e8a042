#pragma once

#include <cstdint>
#include <vector>

#include "application/deadline.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// Reads of one flag since the last flush.
struct AccessCount {
  domain::Environment environment;
  domain::FlagKey key;
  std::uint64_t count = 0;  ///< at least 1
  domain::Timestamp last_accessed_at{};
  double heat = 0;  ///< domain::heat_of(count, last_accessed_at)
};

/// Where request volume is remembered, for choosing what to warm.
class AccessRepository {
 public:
  virtual ~AccessRepository() = default;

  /// Adds the counts by one statement: request_count grows by `count`, last_accessed_at only
  /// forwards, heat is combined (domain::combine_heat). Never touches a flag's row or version;
  /// keys without a flag are ignored. No (environment, key) may occur twice in `accesses`.
  /// Not idempotent: after `in_doubt` the counts may have been added; drop them (an estimate
  /// that is a little low is better than one that doubles). Threading and deadline as
  /// FlagRepository.
  [[nodiscard]] virtual Task<domain::Result<void>> record(std::vector<AccessCount> accesses,
                                                          Deadline deadline) = 0;
};

}  // namespace hearth::application
