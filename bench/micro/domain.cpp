// Keys and evaluation: what the domain does for each read.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/micro/inputs.hpp"
#include "domain/evaluation.hpp"
#include "domain/heat.hpp"
#include "domain/names.hpp"

namespace hearth::bench::micro {
namespace {

constexpr std::string_view user = "9f1c2ad4-07be-4c52-8d3e-64a1c0b3f7e9";

void parse_key(benchmark::State& state) {
  const auto text = usual_flag().key.text();
  if (!domain::FlagKey::parse(text)) state.SkipWithError("the key was refused");
  for (auto _ : state) benchmark::DoNotOptimize(domain::FlagKey::parse(text));
}
BENCHMARK(parse_key)->Name("domain: parse a key of 24 characters");

void refuse_key(benchmark::State& state) {
  const std::string text = "checkout.payment method1";
  if (domain::FlagKey::parse(text)) state.SkipWithError("the key was not refused");
  for (auto _ : state) benchmark::DoNotOptimize(domain::FlagKey::parse(text));
}
BENCHMARK(refuse_key)->Name("domain: refuse a key, saying why");

void evaluate_static(benchmark::State& state) {
  auto flag = usual_flag();
  flag.rollout_percentage = 100;
  if (domain::evaluate(flag, user).reason != domain::Reason::static_value) {
    state.SkipWithError("the flag is not the same for everybody");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(flag);
    benchmark::DoNotOptimize(domain::evaluate(flag, user));
  }
}
BENCHMARK(evaluate_static)->Name("domain: evaluate, the same for everybody");

void evaluate_rollout(benchmark::State& state) {
  auto flag = usual_flag();
  flag.rollout_percentage = 37;
  if (domain::evaluate(flag, user).reason != domain::Reason::split) {
    state.SkipWithError("the bucket did not decide");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(flag);
    benchmark::DoNotOptimize(domain::evaluate(flag, user));
  }
}
BENCHMARK(evaluate_rollout)->Name("domain: evaluate by the user's bucket (SHA-256)");

void combine_heats(benchmark::State& state) {
  const auto at = usual_flag().updated_at;
  auto heat = domain::heat_of(1'000, at, {});
  std::uint64_t count = 0;
  for (auto _ : state) {
    count = count % 1'000 + 1;
    benchmark::DoNotOptimize(domain::combine_heat(heat, domain::heat_of(count, at, {})));
  }
}
BENCHMARK(combine_heats)->Name("domain: heat of some reads, added to a flag's");

}  // namespace
}  // namespace hearth::bench::micro
