// Requests as they come, and JSON in and out.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "adapters/http/bodies.hpp"
#include "adapters/http/flag_target.hpp"
#include "adapters/http/message.hpp"
#include "adapters/http/plain_request.hpp"
#include "adapters/http/plain_target.hpp"
#include "adapters/http/target.hpp"
#include "bench/micro/inputs.hpp"

namespace hearth::bench::micro {
namespace {

using namespace adapters::http;

const std::string target =
    "/api/config/flags/checkout.payment-method1/evaluation?environment=production&userId=u-4711";

void recognise(benchmark::State& state, const std::string& headers) {
  const auto bytes = "GET " + target + " HTTP/1.1\r\n" + headers + "\r\n";
  const auto plain = recognise_plain_request(bytes);
  if (!plain || plain->size != bytes.size()) state.SkipWithError("the request is not recognised");
  for (auto _ : state) benchmark::DoNotOptimize(recognise_plain_request(bytes));
}
BENCHMARK_CAPTURE(recognise, service, std::string("Host: flags.internal:8080\r\n"))
    ->Name("http: recognise a plain request, one header");
BENCHMARK_CAPTURE(recognise, browser,
                  std::string("Host: flags.example.com\r\nConnection: keep-alive\r\n"
                              "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
                              "Gecko/20100101 Firefox/128.0\r\nAccept: application/json\r\n"
                              "Accept-Language: en-GB,en;q=0.5\r\n"
                              "Accept-Encoding: gzip, deflate, br\r\n"
                              "Referer: https://www.example.com/checkout\r\n"
                              "Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-site\r\n"))
    ->Name("http: recognise a plain request, a browser's nine");

void recognise_target(benchmark::State& state) {
  const auto flag_target = recognise_flag_target(target);
  if (!flag_target || !flag_target->user_id) state.SkipWithError("the target is not recognised");
  for (auto _ : state) benchmark::DoNotOptimize(recognise_flag_target(target));
}
BENCHMARK(recognise_target)->Name("http: recognise the target of an evaluation");

void take_plain_target_apart(benchmark::State& state) {
  if (!parse_plain_target(target)) state.SkipWithError("the target is not plain");
  for (auto _ : state) benchmark::DoNotOptimize(parse_plain_target(target));
}
BENCHMARK(take_plain_target_apart)->Name("http: take a plain target apart");

void take_any_target_apart(benchmark::State& state) {
  if (!parse_any_target(target)) state.SkipWithError("the target is refused");
  for (auto _ : state) benchmark::DoNotOptimize(parse_any_target(target));
}
BENCHMARK(take_any_target_apart)->Name("http: take any target apart (Boost.URL)");

void write_public_flag(benchmark::State& state) {
  const auto flag = usual_flag();
  for (auto _ : state) benchmark::DoNotOptimize(public_flag(flag));
}
BENCHMARK(write_public_flag)->Name("http: write a flag as JSON, for readers");

void write_full_flag(benchmark::State& state) {
  const auto flag = usual_flag();
  for (auto _ : state) benchmark::DoNotOptimize(full_flag(production(), flag));
}
BENCHMARK(write_full_flag)->Name("http: write a flag as JSON, for administrators");

void write_evaluation(benchmark::State& state) {
  const auto evaluated =
      application::evaluate(usual_flag(), "u-4711", application::ReadSource::near);
  for (auto _ : state) benchmark::DoNotOptimize(evaluation(evaluated));
}
BENCHMARK(write_evaluation)->Name("http: write an evaluation as JSON");

void write_evaluations(benchmark::State& state) {
  const auto all = flags(270);
  for (auto _ : state) benchmark::DoNotOptimize(evaluations(all, "u-4711"));
}
BENCHMARK(write_evaluations)->Name("http: evaluate 270 flags for a user, and write that as JSON");

void write_drafts(benchmark::State& state) {
  const auto all = flags(270);
  for (auto _ : state) benchmark::DoNotOptimize(drafts_of(all));
}
BENCHMARK(write_drafts)->Name("http: write an export of 270 flags as JSON");

void read_drafts(benchmark::State& state) {
  const auto text = drafts_of(flags(270));
  const auto drafts = parse_drafts(text);
  if (!drafts || drafts->size() != 270) state.SkipWithError("the import is refused");
  for (auto _ : state) benchmark::DoNotOptimize(parse_drafts(text));
}
BENCHMARK(read_drafts)->Name("http: read an import of 270 flags from JSON");

void read_patch(benchmark::State& state) {
  const std::string body = R"({"enabled":true,"rolloutPercentage":25})";
  if (!parse_patch(body)) state.SkipWithError("the body is refused");
  for (auto _ : state) benchmark::DoNotOptimize(parse_patch(body));
}
BENCHMARK(read_patch)->Name("http: read the body of a change from JSON");

void write_message(benchmark::State& state) {
  Response response;
  response.body = public_flag(usual_flag());
  response.headers.emplace_back("X-Cache", "hit");
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_message(out, response, true, true);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_message)->Name("http: write an answer as a message");

}  // namespace
}  // namespace hearth::bench::micro
