#pragma once

#include <boost/json/object.hpp>

#include <filesystem>
#include <string>

namespace hearth::bench {

/// What else the figures of a run depend on: processor, cores, load average.
[[nodiscard]] boost::json::object machine_json();

/// The same in words: "2 cores of ..., load average 1.5".
[[nodiscard]] std::string machine_text();

/// Writes the results of a scenario, with the machine and the time, as `bench/SCENARIO.json` beside
/// the running program and names the file on standard output. Throws std::runtime_error if it
/// cannot.
void write_results(const std::string& scenario, boost::json::object results);

/// Writes an SVG document as `bench/SCENARIO.svg`, beside the results; otherwise the same.
void write_plot(const std::string& scenario, const std::string& svg);

}  // namespace hearth::bench
