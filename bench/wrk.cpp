#include "bench/wrk.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {
namespace {

/// wrk's latencies are in microseconds. Exact, unlike the rounded text that wrk prints itself.
constexpr std::string_view reporting = R"lua(
done = function(summary, latency, requests)
  local errors = summary.errors
  local function report(name, value) io.write(string.format("report %s %.0f\n", name, value)) end
  report("requests", summary.requests)
  report("refused", errors.status)
  report("broken", errors.connect + errors.read + errors.write + errors.timeout)
  report("duration_us", summary.duration)
  report("median_us", latency:percentile(50))
  report("p95_us", latency:percentile(95))
  report("p99_us", latency:percentile(99))
end
)lua";

std::string contents_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::uint64_t reported(std::string_view output, std::string_view name) {
  const auto line = "report " + std::string(name) + " ";
  const auto at = output.find(line);
  std::uint64_t value = 0;
  if (at != std::string_view::npos) {
    const auto digits = output.substr(at + line.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end != digits.data() + digits.size() && *end == '\n') return value;
  }
  throw std::runtime_error("wrk has not reported " + std::string(name) + ": " +
                           std::string(output));
}

}  // namespace

std::string wrk_script(const Load& load) {
  std::string script(reporting);
  // wrk sends the same bytes then, and calls no program.
  if (load.targets.size() == 1 && load.pipelined == 1) return script;
  // One text, because a function in Lua has room for 65,536 constants.
  script += "local pipelined = " + std::to_string(load.pipelined) + "\nlocal targets = [[\n";
  for (const auto& target : load.targets) script.append(target).append("\n");
  script += R"lua(]]
local requests, next_one = {}, 0
init = function(arguments)
  local list = {}
  for target in targets:gmatch("[^\n]+") do list[#list + 1] = wrk.format("GET", target) end
  for first = 1, #list, pipelined do
    local texts = {}
    for i = 0, pipelined - 1 do texts[#texts + 1] = list[(first + i - 1) % #list + 1] end
    requests[#requests + 1] = table.concat(texts)
  end
end
request = function()
  next_one = next_one % #requests + 1
  return requests[next_one]
end
)lua";
  return script;
}

LoadReport parse_wrk_output(std::string_view output) {
  using std::chrono::microseconds;
  LoadReport report;
  report.requests = reported(output, "requests");
  report.refused = reported(output, "refused");
  report.broken = reported(output, "broken");
  report.duration = microseconds(reported(output, "duration_us"));
  report.median = microseconds(reported(output, "median_us"));
  report.p95 = microseconds(reported(output, "p95_us"));
  report.p99 = microseconds(reported(output, "p99_us"));
  return report;
}

LoadReport run_wrk(std::uint16_t port, const Load& load) {
  const test_support::TemporaryDirectory folder;
  const auto script = folder.path() / "load.lua";
  std::ofstream(script) << wrk_script(load);
  test_support::ChildOptions options;
  options.standard_output = folder.path() / "output";
  options.standard_error = options.standard_output;
  std::vector<std::string> command{"wrk",
                                   "--threads",
                                   "1",
                                   "--duration",
                                   std::to_string(load.duration.count()) + "s",
                                   "--timeout",
                                   "2s",
                                   "--script",
                                   script.string(),
                                   "--connections",
                                   std::to_string(load.connections)};
  for (const auto& header : load.headers) command.insert(command.end(), {"--header", header});
  command.push_back("http://127.0.0.1:" + std::to_string(port) + load.targets.at(0));
  auto child = test_support::ChildProcess::start(std::move(command), options);
  constexpr std::chrono::seconds grace{20};
  const auto status = child.wait(load.duration + grace);
  const auto output = contents_of(*options.standard_output);
  if (status != 0) throw std::runtime_error("wrk failed: " + output);
  return parse_wrk_output(output);
}

}  // namespace hearth::bench
