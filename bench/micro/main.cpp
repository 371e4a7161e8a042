// The small functions that every read, change and warm run goes through, each alone and without
// servers: where a figure of the other scenarios has grown, this says in which of them.
#include <benchmark/benchmark.h>
#include <boost/json/array.hpp>

#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/options.hpp"
#include "bench/results_file.hpp"
#include "bench/statistics.hpp"

namespace hearth::bench::micro {
namespace {

namespace json = boost::json;

/// Why a benchmark gave up, which Google Benchmark 1.8 calls otherwise than those before; empty if
/// it did not.
template <class Run>
std::string failure_of(const Run& run) {
  if constexpr (requires { run.error_occurred; }) {
    return run.error_occurred ? "\n  " + run.run_name.function_name + ": " + run.error_message : "";
  } else {
    const bool failed = static_cast<int>(run.skipped) != 0;
    return failed ? "\n  " + run.run_name.function_name + ": " + run.skip_message : "";
  }
}

/// Keeps the processor time of each repetition.
class Collector final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      failures_ += failure_of(run);
      nanoseconds_[run.run_name.function_name].push_back(run.GetAdjustedCPUTime());
    }
  }

  /// Of each benchmark, by its name, the nanoseconds of a call in each repetition. Throws
  /// std::runtime_error if a benchmark did not do what it measures, or there was none.
  [[nodiscard]] const std::map<std::string, std::vector<double>>& nanoseconds() const {
    if (!failures_.empty()) throw std::runtime_error("Not what is to be measured:" + failures_);
    if (nanoseconds_.empty()) throw std::runtime_error("No benchmark was run");
    return nanoseconds_;
  }

 private:
  std::map<std::string, std::vector<double>> nanoseconds_;
  std::string failures_;
};

void run_benchmarks(const Options& options, Collector& collector) {
  std::vector<std::string> words = {
      "hearth_bench_micro", "--benchmark_repetitions=" + std::to_string(options.rounds),
      // Everybody in turn: what slows the machine down for a while then meets all of them.
      "--benchmark_enable_random_interleaving=true",
      std::string("--benchmark_min_time=") + (options.quick ? "0.01" : "0.1")};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::Shutdown();
}

void run(const Options& options) {
  Collector collector;
  run_benchmarks(options, collector);
  json::array functions;
  std::printf("\nmicro: one function alone, processor time of a call; median of %zu\n\n",
              options.rounds);
  std::printf("%-64s %12s %10s %10s\n", "", "ns", "least", "most");
  for (const auto& [name, repetitions] : collector.nanoseconds()) {
    const auto spread = spread_of(repetitions);
    std::printf("%-64s %12.1f %10.1f %10.1f\n", name.c_str(), spread.median, spread.least,
                spread.most);
    functions.push_back(json::object{{"name", name},
                                     {"nanoseconds", spread.median},
                                     {"least", spread.least},
                                     {"most", spread.most}});
  }
  std::printf("\n%s\n", machine_text().c_str());
  write_results("micro", {{"functions", std::move(functions)}});
}

}  // namespace
}  // namespace hearth::bench::micro

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::micro::run);
}
