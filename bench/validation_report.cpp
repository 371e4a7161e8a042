#include "bench/validation_report.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bench/statistics.hpp"
#include "checks/svg_plot.hpp"

namespace hearth::bench {
namespace {

namespace json = boost::json;

std::string table(std::span<const ValidationArm> arms, ValidationFigures ValidationArm::* part) {
  std::string text =
      "| | reads | failed | hit rate | p50 ms | p95 ms | p99 ms | queries for flags | fewer "
      "than lazy | queries for changes |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  const auto lazy = static_cast<double>((arms.front().*part).database_reads.for_flags);
  for (const auto& arm : arms) {
    const auto& figures = arm.*part;
    const auto saved =
        lazy > 0 ? 1 - static_cast<double>(figures.database_reads.for_flags) / lazy : 0;
    text += fmt::format(
        "| {} | {} | {} | {:.2f} % | {:.2f} | {:.2f} | {:.2f} | {} | {} | {} |\n", arm.name,
        figures.reads, figures.failed, 100 * figures.hit_rate, figures.median_ms, figures.p95_ms,
        figures.p99_ms, figures.database_reads.for_flags,
        &arm == &arms.front() ? std::string("-") : fmt::format("{:.1f} %", 100 * saved),
        figures.database_reads.for_changes);
  }
  return text;
}

std::string time_text(const ValidationArm& arm, double rate) {
  const auto time = arm.history.time_back_to(rate);
  if (!time) return "not reached";
  if (time->count() == 0) return "at once";
  return fmt::format("{:.1f} s", std::chrono::duration<double>(*time).count());
}

std::string times_table(std::span<const ValidationArm> arms) {
  std::string text =
      "| | 80 % | 90 % | 95 % | deployment until ready |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& arm : arms) {
    text += fmt::format("| {} | {} | {} | {} | {:.1f} s |\n", arm.name, time_text(arm, 0.80),
                        time_text(arm, 0.90), time_text(arm, 0.95),
                        std::chrono::duration<double>(arm.deployment).count());
  }
  return text;
}

std::string verdict(bool met) { return met ? "met" : "**missed**"; }

/// What the story and hearth's own aims ask for, of the first reads after the deployment.
std::string verdicts(const ValidationFigures& lazy, const ValidationFigures& hearth) {
  const auto before =
      static_cast<double>(std::max<std::uint64_t>(lazy.database_reads.for_flags, 1));
  const auto fewer = 1 - static_cast<double>(hearth.database_reads.for_flags) / before;
  std::string text = "| | the story | | hearth's own aim | |\n| --- | --- | --- | --- | --- |\n";
  text +=
      fmt::format("| hit rate {:.2f} % | > 95 % | {} | > 99.9 % | {} |\n", 100 * hearth.hit_rate,
                  verdict(hearth.hit_rate > 0.95), verdict(hearth.hit_rate > 0.999));
  text += fmt::format("| p95 {:.2f} ms, p99 {:.2f} ms | p95 < 50 ms | {} | p99 < 2 ms | {} |\n",
                      hearth.p95_ms, hearth.p99_ms, verdict(hearth.p95_ms < 50),
                      verdict(hearth.p99_ms < 2));
  text += fmt::format("| {:.1f} % fewer queries for flags | 70 % | {} | 99 % | {} |\n", 100 * fewer,
                      verdict(fewer >= 0.70), verdict(fewer >= 0.99));
  text += fmt::format("| {} failed reads | 0 | {} | 0 | {} |\n", hearth.failed,
                      verdict(hearth.failed == 0), verdict(hearth.failed == 0));
  return text;
}

json::object figures_json(const ValidationFigures& figures) {
  return {{"reads", figures.reads},
          {"failed", figures.failed},
          {"hitRate", figures.hit_rate},
          {"p50Ms", figures.median_ms},
          {"p95Ms", figures.p95_ms},
          {"p99Ms", figures.p99_ms},
          {"databaseReads", figures.database_reads.for_flags},
          {"databaseLooksForChanges", figures.database_reads.for_changes}};
}

}  // namespace

ValidationFigures figures_of(std::span<const ValidationRead> reads) {
  ValidationFigures figures;
  std::vector<double> latencies;
  std::size_t hits = 0;
  for (const auto& read : reads) {
    if (!read.answered) {
      ++figures.failed;
      continue;
    }
    hits += read.hit ? 1 : 0;
    latencies.push_back(std::chrono::duration<double, std::milli>(read.latency).count());
  }
  figures.reads = reads.size();
  if (latencies.empty()) return figures;
  figures.hit_rate = static_cast<double>(hits) / static_cast<double>(latencies.size());
  figures.median_ms = median(latencies);
  figures.p95_ms = percentile(latencies, 0.95);
  figures.p99_ms = percentile(std::move(latencies), 0.99);
  return figures;
}

std::string validation_document(const ValidationSetup& setup, std::span<const ValidationArm> arms,
                                const std::string& plot_file) {
  std::string text =
      "# Validation: lazy caching against a warmed cache\n\n"
      "Written by `./dev bench validate`, which measures everything on this page; do not edit.\n\n";
  text += fmt::format(
      "{} flags in a real PostgreSQL, {} hearth processes with a real Redis, {} reads "
      "a second over HTTP by\nZipf's law (exponent 1); PostgreSQL is {} ms away (round trip), "
      "Redis is not. "
      "After some seconds of\nload comes a deployment: the processes end, Redis is emptied "
      "(`FLUSHALL`), new processes start.\nAs soon as they are ready the same load runs "
      "for {} s. Entries live {} s, not the usual\n300 s, so that several lives fit into the "
      "run.\n\n",
      setup.flags, setup.processes, setup.reads_per_second, setup.database_distance.count(),
      setup.run.count(), setup.ttl.count());
  text += fmt::format(
      "Every process reaches both servers through a relay of the benchmark, which is where the "
      "distance comes\nfrom. Measured on {}.\n\n",
      setup.machine);
  for (const auto& arm : arms) text += fmt::format("- **{}**: {}\n", arm.name, arm.description);
  text += fmt::format("\n## The first {} reads after the deployment\n\n{}\n",
                      arms.front().first.reads, table(arms, &ValidationArm::first));
  text +=
      "Queries are counted by the database itself (`pg_stat_statements`), from the flush on: "
      "those for flags\nare made for reads and for warm runs; those for changes every process "
      "makes about once a second,\nhowever it caches.\n\n";
  text += fmt::format("## The run that follows\n\n{}\n", table(arms, &ValidationArm::rest));
  text += fmt::format("## How soon the hit rate is there\n\n{}\n", times_table(arms));
  text += fmt::format("![Hit rate after the deployment]({})\n\n", plot_file);
  text += fmt::format("## What was asked for\n\nOf {}, in the first reads:\n\n{}", arms.back().name,
                      verdicts(arms.front().first, arms.back().first));
  return text;
}

std::string validation_plot(const ValidationSetup& setup, std::span<const ValidationArm> arms) {
  checks::Panel panel{"Hit rate after a deployment that empties the cache", {}};
  for (const auto& arm : arms) {
    checks::Curve curve{arm.name, {}};
    const auto& intervals = arm.history.intervals();
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const auto middle = arm.history.start_of(i) + checks::HitRateHistory::interval / 2;
      if (const auto rate = intervals[i].rate()) {
        curve.points.emplace_back(std::chrono::duration<double>(middle).count(), 100 * *rate);
      }
    }
    panel.curves.push_back(std::move(curve));
  }
  return checks::svg_plot({panel}, 0, static_cast<double>(setup.run.count()),
                          "seconds since the first read after the deployment");
}

json::object validation_json(std::span<const ValidationArm> arms) {
  json::array all;
  for (const auto& arm : arms) {
    all.push_back(json::object{{"name", arm.name},
                               {"deploymentMs", arm.deployment.count()},
                               {"first", figures_json(arm.first)},
                               {"rest", figures_json(arm.rest)}});
  }
  return {{"arms", std::move(all)}};
}

}  // namespace hearth::bench
