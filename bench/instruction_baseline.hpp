#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::bench {

/// By the name of what was counted: instructions in user mode for one request.
using InstructionCounts = std::map<std::string, double>;

/// What a count depends on besides hearth's own code: "compiler", "Boost", "C library", ...
using CountingConditions = std::map<std::string, std::string>;

/// The server that is counted beside hearth. Its count belongs to the baseline, but is no promise.
inline constexpr std::string_view instruction_reference = "nginx return 200";

/// By how much a read may be dearer than its baseline where all conditions are those of the
/// baseline: repeated counts differ by up to 2.5 %.
inline constexpr double same_conditions_tolerance = 0.05;

/// The same under other conditions, for the ratio to the reference's own count in the same run. It
/// leaves room for what another compiler or Boost makes of the same code and another nginx of its
/// own, and is still far less than what it cost a read to be parsed into a container and answered
/// by coroutines (docs/performance.md).
inline constexpr double other_conditions_tolerance = 0.25;

/// Counts, and what they were counted with.
struct InstructionBaseline {
  CountingConditions conditions;
  InstructionCounts counts;

  friend bool operator==(const InstructionBaseline&, const InstructionBaseline&) = default;
};

/// Reads the text of `baseline_text`. Throws std::runtime_error for what is none.
[[nodiscard]] InstructionBaseline parse_baseline(std::string_view text);

/// The baseline as JSON, a count a line, whole instructions.
[[nodiscard]] std::string baseline_text(const InstructionBaseline& baseline);

/// What a comparison came to, and how to tell it, line by line.
struct InstructionVerdict {
  bool held = true;
  std::vector<std::string> lines;
};

/// Whether nothing has become dearer than the baseline allows. Under the baseline's conditions the
/// counts themselves are compared (`same_conditions_tolerance`); under others, which the lines
/// then name, the ratios to the reference (`other_conditions_tolerance`). What the baseline has
/// and the counts do not, or the other way round, does not hold: who compares nothing promises
/// nothing.
[[nodiscard]] InstructionVerdict compare_with_baseline(const InstructionBaseline& baseline,
                                                       const InstructionBaseline& present);

}  // namespace hearth::bench
