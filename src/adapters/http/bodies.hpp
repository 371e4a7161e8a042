#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "application/cache_statistics.hpp"
#include "application/feature_flag_service.hpp"
#include "application/readiness.hpp"
#include "application/warm_report.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"

namespace hearth::adapters::http {

// Request bodies: JSON to use cases. Each fails with `validation` for what is no JSON, no object,
// has an unknown member or a member of the wrong type, and says which.

/// `{"key", "enabled"?, "rolloutPercentage"?, "description"?}`
[[nodiscard]] domain::Result<domain::FlagDraft> parse_draft(std::string_view body);

/// An array of such objects, as an import file has them; says which one is wrong.
[[nodiscard]] domain::Result<std::vector<domain::FlagDraft>> parse_drafts(std::string_view text);

/// `{"enabled"?, "rolloutPercentage"?, "description"?}`
[[nodiscard]] domain::Result<domain::FlagPatch> parse_patch(std::string_view body);

/// An empty body or `{"flagKeys"?: [1 to 1,000 keys]}`; absent keys mean "the hottest".
[[nodiscard]] domain::Result<std::optional<std::vector<domain::FlagKey>>> parse_warm_request(
    std::string_view body);

// Response bodies: use cases to JSON.

[[nodiscard]] std::string public_flag(const domain::Flag& flag);
/// The same, appended to `out`.
void append_public_flag(std::string& out, const domain::FlagView& flag);
[[nodiscard]] std::string full_flag(const domain::Environment& environment,
                                    const domain::Flag& flag);
[[nodiscard]] std::string flag_page(const domain::Environment& environment,
                                    const application::FlagPage& page);
/// The array that `parse_drafts` takes, one flag a line.
[[nodiscard]] std::string drafts_of(const std::vector<domain::Flag>& flags);
[[nodiscard]] std::string evaluation(const application::FlagEvaluation& evaluated);
/// The same, appended to `out`.
void append_evaluation(std::string& out, domain::FlagKeyView key,
                       const domain::Evaluation& evaluated);
[[nodiscard]] std::string evaluations(const std::vector<domain::Flag>& flags,
                                      std::optional<std::string_view> user_id);
[[nodiscard]] std::string warm_answer(const application::WarmReport& report);
[[nodiscard]] std::string warm_run(const application::WarmReport& report);
[[nodiscard]] std::string warm_runs(const std::vector<application::WarmReport>& reports);
[[nodiscard]] std::string statistics(const application::CacheStatistics& statistics,
                                     std::chrono::steady_clock::time_point now,
                                     std::optional<double> coverage);
[[nodiscard]] std::string readiness(const application::Readiness& readiness,
                                    std::chrono::steady_clock::time_point now);

}  // namespace hearth::adapters::http
