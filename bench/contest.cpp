#include "bench/contest.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "bench/processor_time.hpp"

namespace hearth::bench {
namespace {

double milliseconds(std::chrono::microseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

Measured measure(const Contender& contender) {
  const auto before = processor_time(contender.process);
  const auto report = run_wrk(contender.port, contender.load);
  const auto used = processor_time(contender.process) - before;
  if (report.requests == 0 || report.refused > 0 || report.broken > 0) {
    throw std::runtime_error(contender.name + ": of " + std::to_string(report.requests) +
                             " requests " + std::to_string(report.refused) + " were refused and " +
                             std::to_string(report.broken) + " failed");
  }
  const auto requests = static_cast<double>(report.requests);
  Measured measured;
  measured.requests = report.requests;
  measured.requests_per_second = requests / std::chrono::duration<double>(report.duration).count();
  measured.median_ms = milliseconds(report.median);
  measured.p95_ms = milliseconds(report.p95);
  measured.p99_ms = milliseconds(report.p99);
  measured.processor_us = std::chrono::duration<double, std::micro>(used).count() / requests;
  return measured;
}

std::vector<Standing> contest(std::span<const Contender> contenders, std::size_t rounds) {
  std::vector<Standing> standings;
  for (const auto& contender : contenders) {
    auto rehearsal = contender;
    rehearsal.load.duration = std::chrono::seconds(1);
    (void)measure(rehearsal);
    standings.push_back({contender.name, {}});
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < contenders.size(); ++turn) {
      const auto which = round % 2 == 0 ? turn : contenders.size() - 1 - turn;
      standings[which].rounds.push_back(measure(contenders[which]));
    }
    std::fprintf(stderr, "round %zu of %zu: done\n", round + 1, rounds);
  }
  return standings;
}

Spread spread_of(const Standing& standing, double Measured::* figure) {
  std::vector<double> values;
  for (const auto& round : standing.rounds) values.push_back(round.*figure);
  return spread_of(values);
}

Spread processor_ratio(const Standing& standing, const Standing& other) {
  std::vector<double> ratios;
  const auto rounds = std::min(standing.rounds.size(), other.rounds.size());
  for (std::size_t i = 0; i < rounds; ++i) {
    ratios.push_back(standing.rounds[i].processor_us / other.rounds[i].processor_us);
  }
  return spread_of(ratios);
}

}  // namespace hearth::bench
