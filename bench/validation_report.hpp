#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/database_reads.hpp"
#include "bench/validation_load.hpp"
#include "checks/hit_rate.hpp"

namespace hearth::bench {

/// What a part of the reads came to.
struct ValidationFigures {
  std::size_t reads = 0;
  std::size_t failed = 0;
  double hit_rate = 0;  ///< 0..1, of the reads that were answered
  double median_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  DatabaseReads database_reads;
};

/// All but `database_reads`.
[[nodiscard]] ValidationFigures figures_of(std::span<const ValidationRead> reads);

/// One way of caching under the load.
struct ValidationArm {
  std::string name;
  std::string description;
  std::chrono::milliseconds deployment{};  ///< from the flush until the last process was ready
  ValidationFigures first;                 ///< the first reads after the deployment
  ValidationFigures rest;                  ///< the run that follows
  checks::HitRateHistory history{std::chrono::milliseconds(0), std::chrono::milliseconds(0)};
};

/// What all arms have in common.
struct ValidationSetup {
  std::size_t flags = 0;
  std::size_t reads_per_second = 0;
  std::size_t processes = 0;
  std::chrono::seconds run{};
  std::chrono::seconds ttl{};
  std::chrono::milliseconds database_distance{};  ///< round trip
  std::string machine;                            ///< on which it is measured, in words
};

/// The document: setup, tables, the plot of that file name, and what the story asked for. The
/// first arm is lazy caching, the last one hearth as it comes.
[[nodiscard]] std::string validation_document(const ValidationSetup& setup,
                                              std::span<const ValidationArm> arms,
                                              const std::string& plot_file);

/// The hit rates over time as an SVG document.
[[nodiscard]] std::string validation_plot(const ValidationSetup& setup,
                                          std::span<const ValidationArm> arms);

/// The same figures for programs.
[[nodiscard]] boost::json::object validation_json(std::span<const ValidationArm> arms);

}  // namespace hearth::bench
