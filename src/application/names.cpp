#include <array>
#include <utility>

#include "application/cache_statistics.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/warm_report.hpp"

namespace hearth::application {
namespace {

constexpr auto warm_triggers = std::to_array<std::pair<WarmTrigger, std::string_view>>({
    {WarmTrigger::cold_start, "cold-start"},
    {WarmTrigger::deployment, "deployment"},
    {WarmTrigger::scheduled, "scheduled"},
    {WarmTrigger::manual, "manual"},
    {WarmTrigger::refresh, "refresh"},
    {WarmTrigger::recovery, "recovery"},
});

}  // namespace

std::string_view name_of(ReadSource source) noexcept {
  switch (source) {
    case ReadSource::near: return "near";
    case ReadSource::hit: return "hit";
    case ReadSource::miss: return "miss";
    case ReadSource::stale: return "stale";
  }
  return "miss";
}

std::string_view name_of(WarmTrigger trigger) noexcept {
  for (const auto& [known, name] : warm_triggers) {
    if (known == trigger) return name;
  }
  return "manual";
}

domain::Result<WarmTrigger> parse_warm_trigger(std::string_view name) {
  std::string all;
  for (const auto& [trigger, known] : warm_triggers) {
    if (known == name) return trigger;
    all += (all.empty() ? "" : ", ") + std::string(known);
  }
  return domain::fail(domain::ErrorCode::validation,
                      "'" + std::string(name) + "' is no trigger of a warm run; use one of " + all);
}

std::string_view name_of(WriteOutcome outcome) noexcept {
  switch (outcome) {
    case WriteOutcome::written: return "written";
    case WriteOutcome::unchanged: return "unchanged";
    case WriteOutcome::newer_present: return "newer-present";
    case WriteOutcome::too_old: return "too-old";
    case WriteOutcome::failed: return "failed";
  }
  return "failed";
}

}  // namespace hearth::application
