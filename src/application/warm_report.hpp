#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/error.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// What made a warm run start.
enum class WarmTrigger { cold_start, deployment, scheduled, manual, refresh, recovery };

/// `cold-start`, `deployment`, `scheduled`, `manual`, `refresh`, `recovery`.
[[nodiscard]] std::string_view name_of(WarmTrigger trigger) noexcept;

/// The trigger of that name; `validation` names the six.
[[nodiscard]] domain::Result<WarmTrigger> parse_warm_trigger(std::string_view name);

/// The record of one warm run.
struct WarmReport {
  std::string id;
  WarmTrigger trigger = WarmTrigger::manual;
  domain::Environment environment;
  domain::Timestamp started_at{};
  std::chrono::nanoseconds duration{};  ///< request to finished run
  /// Thereof: waiting for the database, not counting when the cache held the query back.
  std::chrono::nanoseconds query_duration{};
  /// Thereof: while something was being written to the cache. The two overlap in a large run.
  std::chrono::nanoseconds pipeline_duration{};
  /// Flags that the run set out to warm: those named, or those that the database gave before the
  /// run ended.
  std::size_t requested = 0;
  std::size_t written = 0;
  std::size_t unchanged = 0;  ///< fresh already; their TTL starts anew
  std::size_t newer = 0;      ///< the cache knew a newer version
  std::size_t missing = 0;    ///< named keys without a live flag
  std::size_t failed = 0;     ///< not stored; `error` says why
  std::optional<domain::Error> error;
  /// Some of the flags that are fresh because of this run, at most `most_sampled` and evenly spread
  /// over it: for seeing later whether they still are. Not part of the record that is told.
  std::vector<domain::FlagKey> sample = {};
  /// The query failed, be it after some of its rows. Not part of the record that is told.
  bool database_failed = false;

  static constexpr std::size_t most_sampled = 32;

  /// Flags that are fresh in the cache because of, or in spite of, this run.
  [[nodiscard]] std::size_t warmed() const noexcept { return written + unchanged + newer; }
};

}  // namespace hearth::application
