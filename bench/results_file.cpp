#include "bench/results_file.hpp"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace hearth::bench {
namespace {

std::string processor_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

/// Whoever else computes at the same time makes all figures worse.
double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

std::string utc_now() {
  const auto now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

void write_result_file(const std::string& name, const std::string& text) {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench";
  std::filesystem::create_directories(folder);
  const auto file = folder / name;
  std::ofstream stream(file);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
  std::printf("written: %s\n", file.c_str());
}

}  // namespace

boost::json::object machine_json() {
  return {{"processor", processor_model()},
          {"cores", std::thread::hardware_concurrency()},
          {"loadAverage", load_average()}};
}

std::string machine_text() {
  char text[200];
  std::snprintf(text, sizeof text, "%u cores of %s, load average %.1f",
                std::thread::hardware_concurrency(), processor_model().c_str(), load_average());
  return text;
}

void write_results(const std::string& scenario, boost::json::object results) {
  results["scenario"] = scenario;
  results["measuredAt"] = utc_now();
  results["machine"] = machine_json();
  write_result_file(scenario + ".json", boost::json::serialize(results) + "\n");
}

void write_plot(const std::string& scenario, const std::string& svg) {
  write_result_file(scenario + ".svg", svg);
}

}  // namespace hearth::bench
