#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace hearth::bench {

/// One kind of thing that was timed, once a round, in milliseconds.
struct Timings {
  std::string name;  ///< in the table
  std::string id;    ///< in the file
  std::vector<double> ms;
};

/// Everything measured for the function, with a warm run before its first invocation or without.
struct FunctionStarts {
  Timings init;    ///< from the start of the process until it asks for an invocation
  Timings first;   ///< from the first event's being given until its answer is posted
  Timings second;  ///< the same of the next event, for comparison
  int warmed = 0;  ///< starts after which the hottest flags were in Redis
  int hits = 0;    ///< first answers that came from the cache
};

struct LambdaFigures {
  FunctionStarts warm;
  FunctionStarts cold;
  std::vector<Timings>
      references;  ///< other programs, started by the same means in the same rounds
};

/// Prints the figures beside DESIGN.md's budgets on standard output.
void print_table(const LambdaFigures& figures);

/// The same figures for programs.
[[nodiscard]] boost::json::object as_json(const LambdaFigures& figures);

/// And for the eye, as an SVG document.
[[nodiscard]] std::string plot_of(const LambdaFigures& figures, const std::string& machine);

}  // namespace hearth::bench
