#include "bench/instruction_baseline.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <cstdio>
#include <set>
#include <stdexcept>

namespace hearth::bench {
namespace {

namespace json = boost::json;

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return text;
}

/// One line for each condition that differs; an absent one is shown as such.
std::vector<std::string> differences(const CountingConditions& baseline,
                                     const CountingConditions& present) {
  std::set<std::string> names;
  for (const auto& [name, value] : baseline) names.insert(name);
  for (const auto& [name, value] : present) names.insert(name);
  const auto shown = [](const CountingConditions& conditions, const std::string& name) {
    const auto found = conditions.find(name);
    return found == conditions.end() ? std::string("unknown") : "'" + found->second + "'";
  };
  std::vector<std::string> lines;
  for (const auto& name : names) {
    const auto then = shown(baseline, name);
    const auto now = shown(present, name);
    if (then != now) lines.push_back("  " + name + ": " + then + " then, " + now + " now");
  }
  return lines;
}

/// The count of that name as it is compared: alone, or in units of the reference's. Zero: there is
/// nothing to compare.
double compared(const InstructionCounts& counts, const std::string& name, bool by_reference) {
  const auto found = counts.find(name);
  if (found == counts.end()) return 0;
  if (!by_reference) return found->second;
  const auto reference = counts.find(std::string(instruction_reference));
  if (reference == counts.end() || reference->second <= 0) return 0;
  return found->second / reference->second;
}

std::string told(double value, bool by_reference) {
  char text[64];
  std::snprintf(text, sizeof text, by_reference ? "%.3f of nginx's" : "%.0f", value);
  return text;
}

void judge(InstructionVerdict& verdict, const std::string& name, double then, double now,
           bool by_reference) {
  if (!(then > 0) || !(now > 0)) {
    verdict.held = false;
    verdict.lines.push_back(name + ": NOTHING TO COMPARE: it is missing " +
                            (then > 0 ? "in this run" : "in the baseline"));
    return;
  }
  const auto tolerance = by_reference ? other_conditions_tolerance : same_conditions_tolerance;
  const bool dearer = now > then * (1 + tolerance);
  verdict.held = verdict.held && !dearer;
  char ratio[32];
  std::snprintf(ratio, sizeof ratio, "%.3f", now / then);
  verdict.lines.push_back(name + ": " + ratio + " of the baseline (" + told(then, by_reference) +
                          " then, " + told(now, by_reference) + " now)" +
                          (dearer ? ": DEARER than the tolerance of " + percent(tolerance)
                           : now < then * (1 - tolerance) && !by_reference
                               ? ": cheaper; --accept makes it the baseline"
                               : ""));
}

}  // namespace

InstructionBaseline parse_baseline(std::string_view text) {
  try {
    const auto document = json::parse(json::string_view(text.data(), text.size()));
    InstructionBaseline baseline;
    for (const auto& member : document.at("countedWith").as_object()) {
      baseline.conditions[std::string(member.key())] = member.value().as_string().c_str();
    }
    for (const auto& member : document.at("instructions").as_object()) {
      const auto count = member.value().to_number<double>();
      if (!(count > 0)) throw std::runtime_error("a count that is not positive");
      baseline.counts[std::string(member.key())] = count;
    }
    return baseline;
  } catch (const std::exception& failure) {
    throw std::runtime_error(std::string("This is no baseline of instructions: ") + failure.what());
  }
}

std::string baseline_text(const InstructionBaseline& baseline) {
  std::string text = "{\n  \"countedWith\": {";
  const char* separator = "\n";
  for (const auto& [name, value] : baseline.conditions) {
    text.append(separator).append("    ").append(json::serialize(json::string(name))).append(": ");
    text += json::serialize(json::string(value));
    separator = ",\n";
  }
  text += "\n  },\n  \"instructions\": {";
  separator = "\n";
  for (const auto& [name, count] : baseline.counts) {
    text.append(separator).append("    ").append(json::serialize(json::string(name))).append(": ");
    text += std::to_string(std::llround(count));
    separator = ",\n";
  }
  return text + "\n  }\n}\n";
}

InstructionVerdict compare_with_baseline(const InstructionBaseline& baseline,
                                         const InstructionBaseline& present) {
  InstructionVerdict verdict;
  const auto differing = differences(baseline.conditions, present.conditions);
  const bool by_reference = !differing.empty();
  if (by_reference) {
    verdict.lines.push_back(
        "The baseline was counted under other conditions, so that the ratios to nginx's own count "
        "are compared, with a tolerance of " +
        percent(other_conditions_tolerance) + " instead of " + percent(same_conditions_tolerance) +
        ":");
    verdict.lines.insert(verdict.lines.end(), differing.begin(), differing.end());
  }
  std::set<std::string> names;
  for (const auto& [name, count] : baseline.counts) names.insert(name);
  for (const auto& [name, count] : present.counts) names.insert(name);
  names.erase(std::string(instruction_reference));
  if (names.empty()) {
    verdict.held = false;
    verdict.lines.emplace_back("NOTHING TO COMPARE: no read was counted");
  }
  for (const auto& name : names) {
    judge(verdict, name, compared(baseline.counts, name, by_reference),
          compared(present.counts, name, by_reference), by_reference);
  }
  return verdict;
}

}  // namespace hearth::bench
