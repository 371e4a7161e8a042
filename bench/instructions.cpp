// How many instructions a read executes in user mode, and in which part of the program, beside
// nginx answering the same bytes; and beside the checked-in baseline, so that a change which makes
// a read dearer is seen where nothing can be timed: ctest runs it as `bench_instructions`.
// `--accept`: what is found becomes the baseline.
#include <boost/json/object.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "bench/counting_conditions.hpp"
#include "bench/hearth_on_servers.hpp"
#include "bench/instruction_baseline.hpp"
#include "bench/instruction_count.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/results_file.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {
namespace {

namespace json = boost::json;

constexpr std::size_t requests = 2'000;

struct Counted {
  std::string name;
  InstructionCount count;
};

/// One connection, one request after the other. `cache_header`: which answers are to be counted.
InstructionCount count_requests(pid_t process, std::uint16_t port, const std::string& target,
                                const std::string& cache_header,
                                const std::filesystem::path& folder,
                                std::string_view server_function) {
  test_support::HttpConnection connection(port);
  return count_instructions(process, folder, server_function, requests, [&] {
    const auto answer = connection.request("GET", target);
    if (answer.status != 200) throw std::runtime_error("A request was refused");
    return answer.header("X-Cache") == cache_header;
  });
}

/// A read that is answered by `part`, which `near_ttl` decides. What is due now and then is not to
/// fall into the count.
Counted count_hearth(const std::string& name, const std::string& part,
                     const std::string& near_ttl) {
  const test_support::TemporaryDirectory folder;
  HearthOnServers servers(1,
                          {{"NEAR_CACHE_TTL_MS", near_ttl},
                           {"CACHE_WARMING_ENABLED", "false"},
                           {"ACCESS_FLUSH_SECONDS", "3600"},
                           {"CACHE_TTL_SECONDS", "3600"}},
                          under_callgrind(folder.path()));
  auto& hearth = servers.hearth();
  Counted counted{name, count_requests(hearth.pid(), hearth.port(), flag_target(0), part,
                                       folder.path(), "hearth::adapters::http::Session")};
  std::fprintf(stderr, "%s: done\n", name.c_str());
  return counted;
}

Counted count_nginx(const NginxReference::Answer& answer) {
  const test_support::TemporaryDirectory folder;
  const NginxReference nginx(answer, under_callgrind(folder.path()));
  return {std::string(instruction_reference),
          count_requests(nginx.pid(), nginx.port(), "/", answer.cache_header, folder.path(),
                         "[/usr/sbin/nginx]")};
}

void print(const Counted& counted) {
  std::printf("\n%s: %.0f instructions a request\n", counted.name.c_str(),
              counted.count.per_request);
  std::vector<std::pair<double, std::string>> parts;
  for (const auto& [part, instructions] : counted.count.by_part) {
    parts.emplace_back(instructions, part);
  }
  std::ranges::sort(parts, std::greater<>());
  for (const auto& [instructions, part] : parts) {
    std::printf("  %-30s %8.0f %5.1f %%\n", part.c_str(), instructions,
                100 * instructions / counted.count.per_request);
  }
}

InstructionBaseline read_baseline() {
  std::ifstream file(HEARTH_INSTRUCTIONS_BASELINE);
  return parse_baseline(std::string(std::istreambuf_iterator<char>(file), {}));
}

void write_baseline(const InstructionBaseline& present) {
  std::ofstream file(HEARTH_INSTRUCTIONS_BASELINE);
  file << baseline_text(present);
  if (!file.flush()) throw std::runtime_error("cannot write the baseline");
}

bool run(bool accept) {
  const Counted all[] = {
      count_hearth("read-near", "near", "3600000"),
      count_hearth("read-redis", "hit", "0"),
  };
  const auto nginx = count_nginx(
      {.body = std::string(190, 'x'), .content_type = "application/json", .cache_header = "near"});
  for (const auto& counted : all) print(counted);
  print(nginx);
  std::printf("\nTo nginx: read-near %.2f, read-redis %.2f\n",
              all[0].count.per_request / nginx.count.per_request,
              all[1].count.per_request / nginx.count.per_request);
  InstructionBaseline present{.conditions = counting_conditions(), .counts = {}};
  present.counts[nginx.name] = nginx.count.per_request;
  for (const auto& counted : all) present.counts[counted.name] = counted.count.per_request;
  json::object results;
  for (const auto& [name, count] : present.counts) results[name] = count;
  for (const auto& [name, value] : present.conditions) results[name] = value;
  write_results("instructions", std::move(results));
  if (accept) write_baseline(present);
  const auto verdict = compare_with_baseline(read_baseline(), present);
  std::printf("\n");
  for (const auto& line : verdict.lines) std::printf("%s\n", line.c_str());
  return verdict.held;
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  try {
    const bool accept = count == 2 && std::string_view(arguments[1]) == "--accept";
    return hearth::bench::run(accept) ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "hearth_bench_instructions: %s\n", failure.what());
    return 1;
  }
}
