#pragma once

#include <boost/json/object.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "bench/contest.hpp"

namespace hearth::bench {

/// How dear a request may be, of those that DESIGN.md promises.
struct ProcessorBudget {
  std::string reference;  ///< the contender that it is compared with
  double most = 0;        ///< processor time a request, as a multiple of the reference's
};

/// A contest and what it is to show; the first contender is hearth.
struct ContestReport {
  std::string scenario;  ///< "read-near"
  std::string title;
  std::vector<Standing> standings;
  std::vector<ProcessorBudget> budgets;
  std::vector<std::string> notes;  ///< printed below the table
};

/// Prints the figures (medians of the rounds) beside the budgets on standard output.
void print_contest(const ContestReport& report);

/// The same figures for programs.
[[nodiscard]] boost::json::object contest_json(const ContestReport& report);

}  // namespace hearth::bench
