#include "checks/staleness_report.hpp"

#include <fmt/format.h>

#include <iostream>

namespace hearth::checks {
namespace {

double milliseconds_since(Clock::time_point began, Clock::time_point time) {
  return std::chrono::duration<double, std::milli>(time - began).count();
}

std::uint64_t count_of(const std::map<int, std::uint64_t>& by_status, int status) {
  const auto found = by_status.find(status);
  return found == by_status.end() ? 0 : found->second;
}

std::uint64_t other_statuses(const std::map<int, std::uint64_t>& by_status) {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : by_status) {
    if (status != 200 && status != 202 && status != 503) sum += count;
  }
  return sum;
}

std::uint64_t stale_reads(const PhaseTally& tally) {
  const auto found = tally.reads_by_source.find("stale");
  return found == tally.reads_by_source.end() ? 0 : found->second;
}

PhaseTally sum_of(const Tallies& tallies) {
  PhaseTally sum;
  for (const auto& tally : tallies) sum.add(tally);
  return sum;
}

void print_row(const std::string& name, int times, const PhaseTally& tally) {
  const auto& by_status = tally.changes_by_status;
  std::cout << fmt::format(
      "{:<38} {:>5} {:>8} {:>6} {:>6} {:>6} {:>5} {:>5} {:>5} {:>8.1f} {:>8.1f} {:>8.1f} {:>5}\n",
      name, times, tally.reads(), tally.failed_reads, stale_reads(tally), count_of(by_status, 200),
      count_of(by_status, 202), count_of(by_status, 503), other_statuses(by_status),
      tally.acknowledgements.percentile(0.5), tally.acknowledgements.percentile(0.99),
      tally.acknowledgements.greatest(), tally.through_stopped);
}

void print(const Change& change, Clock::time_point began) {
  std::cout << fmt::format("      n={} version {} through process {}: sent {:.1f}, {} at {:.1f}\n",
                           change.number, change.version, change.process,
                           milliseconds_since(began, change.sent),
                           change.status == 0 ? "no answer" : std::to_string(change.status),
                           milliseconds_since(began, change.answered));
}

void print(const Violation& violation, const PassResult& result) {
  const bool outdated = violation.verdict == ChangeHistory::Verdict::outdated;
  std::cout << fmt::format(
      "  {} at process {}, {}, phase \"{}\": read from {:.1f} to {:.1f} ms answered n={} "
      "(X-Cache: {}); {}\n",
      flag_name(violation.flag), violation.process, outdated ? "outdated" : "invented",
      result.phases[violation.phase], milliseconds_since(result.began, violation.start),
      milliseconds_since(result.began, violation.end), violation.number, violation.source,
      outdated ? fmt::format("n={} had been acknowledged before", violation.floor)
               : "nobody has sent it");
  for (const auto& change : violation.changes) {
    // Those around what was answered, what should have been, and the time of the read.
    if (change.number + 1 >= violation.number) print(change, result.began);
  }
}

}  // namespace

void print(const PassResult& result) {
  const auto sum = sum_of(result.tallies);
  std::cout << fmt::format("\n{}: {} reads checked in {:.1f} s, {} violations\n\n", result.title,
                           result.checked_reads, result.seconds, result.violation_count);
  std::cout << fmt::format(
      "{:<38} {:>5} {:>8} {:>6} {:>6} {:>6} {:>5} {:>5} {:>5} {:>8} {:>8} {:>8} {:>5}\n", "phase",
      "times", "reads", "failed", "stale", "200", "202", "503", "other", "p50 ms", "p99 ms",
      "max ms", "held");
  for (std::size_t phase = 0; phase < result.phases.size(); ++phase) {
    if (result.times[phase] == 0) {
      std::cout << fmt::format("{:<38} nothing was there to break\n", result.phases[phase]);
      continue;
    }
    print_row(result.phases[phase], result.times[phase], result.tallies[phase]);
  }
  print_row("all", 1, sum);
  std::cout << "  times: from a change's sending to its 200; held: 200 of changes through the "
               "stopped process, not in the times\n  reads by X-Cache:";
  for (const auto& [source, count] : sum.reads_by_source) {
    std::cout << fmt::format(" {} {}", source.empty() ? "(none)" : source, count);
  }
  std::cout << fmt::format("; warm runs: {}\n", sum.warm_runs);
  const auto& bare = result.tallies.front().bare_updates;
  std::cout << fmt::format(
      "  without faults, for comparison: an UPDATE of a temporary table: p50 {:.1f}, p99 {:.1f}, "
      "max {:.1f} ms\n",
      bare.percentile(0.5), bare.percentile(0.99), bare.greatest());
  for (std::size_t phase = 0; phase < result.phases.size(); ++phase) {
    for (const auto& [words, count] : result.tallies[phase].failures) {
      std::cout << fmt::format("  failed reads, {}: {} ({} times)\n", result.phases[phase], words,
                               count);
    }
  }
  for (const auto& flag : result.not_converged) std::cout << "  not converged: " << flag << "\n";
  if (!result.violations.empty()) {
    std::cout << fmt::format("  the first {} of {} violations; times in ms since the start:\n",
                             result.violations.size(), result.violation_count);
  }
  for (const auto& violation : result.violations) print(violation, result);
  std::cout << std::flush;
}

std::vector<std::string> shortcomings(const PassResult& result, const Requirements& requirements) {
  std::vector<std::string> found;
  const auto sum = sum_of(result.tallies);
  if (result.violation_count > 0) {
    found.push_back(fmt::format("{} reads violated the promise", result.violation_count));
  }
  if (result.checked_reads < requirements.least_reads) {
    found.push_back(fmt::format("only {} of {} reads could be checked in the time",
                                result.checked_reads, requirements.least_reads));
  }
  if (sum.failed_reads > 0) found.push_back(fmt::format("{} reads failed", sum.failed_reads));
  if (stale_reads(sum) > 0) {
    found.push_back(fmt::format("{} answers were marked as stale although the database was there",
                                stale_reads(sum)));
  }
  if (!result.not_converged.empty()) {
    found.push_back(fmt::format("{} flags did not reach every process after the end",
                                result.not_converged.size()));
  }
  if (!requirements.times_count) return found;
  if (const auto p99 = result.tallies.front().acknowledgements.percentile(0.99);
      requirements.judges_calm && p99 >= requirements.calm_p99_ms) {
    found.push_back(fmt::format("without faults, p99 of a change was {:.1f} ms (limit {:.0f} ms)",
                                p99, requirements.calm_p99_ms));
  }
  for (std::size_t phase = 1; phase < result.phases.size(); ++phase) {
    const auto most = result.tallies[phase].acknowledgements.greatest();
    if (most <= requirements.most_during_faults_ms) continue;
    found.push_back(fmt::format("a change took {:.0f} ms during \"{}\" (limit {:.0f} ms)", most,
                                result.phases[phase], requirements.most_during_faults_ms));
  }
  return found;
}

}  // namespace hearth::checks
