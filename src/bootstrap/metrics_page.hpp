#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "adapters/http/request_metrics.hpp"
#include "adapters/telemetry/operation_metrics.hpp"
#include "application/cache_statistics.hpp"
#include "application/counting_repository.hpp"
#include "application/readiness.hpp"
#include "domain/flag.hpp"

namespace hearth::bootstrap {

/// What an instance counts, and where.
struct MetricsSources {
  const application::CacheStatistics& statistics;
  const application::Readiness& readiness;
  const application::QueryCounts& queries;
  const adapters::telemetry::OperationMetrics& operations;
  std::vector<const adapters::http::RequestMetrics*> requests = {};  ///< of each server
  std::size_t unsettled_changes = 0;
  domain::Timestamp started_at{};
};

/// Everything in Prometheus' text format. The page's size depends on hearth's routes, never on
/// its flags or users.
[[nodiscard]] std::string metrics_page(const MetricsSources& sources);

}  // namespace hearth::bootstrap
