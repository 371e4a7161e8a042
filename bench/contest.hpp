#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/statistics.hpp"
#include "bench/wrk.hpp"

namespace hearth::bench {

/// A server that is put under load beside others.
struct Contender {
  std::string name;
  pid_t process = -1;  ///< whose processor time counts: the server's alone
  std::uint16_t port = 0;
  Load load;
};

/// One round of load on one server.
struct Measured {
  std::uint64_t requests = 0;
  double requests_per_second = 0;
  double median_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;
  double processor_us = 0;  ///< the server's processor time for one request, in microseconds
};

/// All rounds of one contender.
struct Standing {
  std::string name;
  std::vector<Measured> rounds;
};

/// Puts load on one server. Throws std::runtime_error if an answer was refused or a connection
/// broke: a figure of answers that say no would say nothing.
[[nodiscard]] Measured measure(const Contender& contender);

/// Each contender under load in turn, so many rounds, after one that does not count; every other
/// round in the opposite order, so that what changes steadily on the machine favours nobody.
[[nodiscard]] std::vector<Standing> contest(std::span<const Contender> contenders,
                                            std::size_t rounds);

/// One figure of all rounds.
[[nodiscard]] Spread spread_of(const Standing& standing, double Measured::* figure);

/// Processor time for a request, as a multiple of the other's in the same round.
[[nodiscard]] Spread processor_ratio(const Standing& standing, const Standing& other);

}  // namespace hearth::bench
