// How many instructions a read executes in user mode, and in which part of the program, beside
// nginx answering the same bytes; and beside the checked-in baseline, so that a change which makes
// a read dearer is seen where nothing can be timed. `--accept`: what is found becomes the baseline.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>

#include "bench/hearth_on_servers.hpp"
#include "bench/instruction_count.hpp"
#include "bench/nginx_reference.hpp"
#include "bench/results_file.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {
namespace {

namespace json = boost::json;

constexpr std::size_t requests = 2'000;
constexpr double tolerance = 0.05;
constexpr auto nginx_name = "nginx return 200";

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
  return {nginx_name, count_requests(nginx.pid(), nginx.port(), "/", answer.cache_header,
                                     folder.path(), "[/usr/sbin/nginx]")};
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

json::object read_baseline() {
  std::ifstream file(HEARTH_INSTRUCTIONS_BASELINE);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return text.empty() ? json::object() : json::parse(text).as_object();
}

/// Whether nothing has become dearer than the tolerance allows.
bool compare(std::span<const Counted> all, const json::object& baseline) {
  bool held = true;
  std::printf("\n");
  for (const auto& counted : all) {
    const auto* known = baseline.if_contains(counted.name);
    if (known == nullptr) continue;
    const auto ratio = counted.count.per_request / known->to_number<double>();
    const bool dearer = ratio > 1 + tolerance;
    held = held && !dearer;
    std::printf("%s: %.3f of the baseline%s\n", counted.name.c_str(), ratio,
                dearer                  ? ": DEARER than the tolerance allows"
                : ratio < 1 - tolerance ? ": cheaper; --accept makes it the baseline"
                                        : "");
  }
  return held;
}

void write_baseline(std::span<const Counted> all) {
  std::ofstream file(HEARTH_INSTRUCTIONS_BASELINE);
  file << "{\n";
  for (const auto& counted : all) {
    file << "  " << json::serialize(json::string(counted.name)) << ": "
         << static_cast<long>(counted.count.per_request)
         << (&counted == &all.back() ? "\n" : ",\n");
  }
  file << "}\n";
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
  json::object results{{nginx_name, nginx.count.per_request}};
  for (const auto& counted : all) results[counted.name] = counted.count.per_request;
  write_results("instructions", std::move(results));
  if (accept) write_baseline(all);
  return compare(all, read_baseline());
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
