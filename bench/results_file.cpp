#include "bench/results_file.hpp"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
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

std::string utc_now() {
  const auto now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  return text;
}

}  // namespace

boost::json::object machine_json() {
  double load = 0;  // whoever else computes at the same time makes all figures worse
  if (getloadavg(&load, 1) != 1) load = 0;
  return {{"processor", processor_model()},
          {"cores", std::thread::hardware_concurrency()},
          {"loadAverage", load}};
}

void write_results(const std::string& scenario, boost::json::object results) {
  results["scenario"] = scenario;
  results["measuredAt"] = utc_now();
  results["machine"] = machine_json();
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench";
  std::filesystem::create_directories(folder);
  const auto file = folder / (scenario + ".json");
  std::ofstream stream(file);
  stream << boost::json::serialize(results) << "\n";
  if (!stream.flush()) throw std::runtime_error("cannot write " + file.string());
  std::printf("written: %s\n", file.c_str());
}

}  // namespace hearth::bench
