// Flags as they stand in Redis, and its protocol.
#include <benchmark/benchmark.h>

#include <string>
#include <variant>

#include "adapters/redis/fenced_set.hpp"
#include "adapters/redis/flag_codec.hpp"
#include "adapters/redis/key_names.hpp"
#include "adapters/redis/resp.hpp"
#include "bench/micro/inputs.hpp"

namespace hearth::bench::micro {
namespace {

using namespace adapters::redis;

const domain::Timestamp expires_at{std::chrono::milliseconds(1'767'315'600'000)};

/// The reply to a GET that found the text.
std::string bulk_reply(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

void encode_flag(benchmark::State& state) {
  const domain::FlagState flag = usual_flag();
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_encoded(out, flag, expires_at);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(encode_flag)->Name("redis: write a flag as JSON");

void decode_flag(benchmark::State& state) {
  const auto flag = usual_flag();
  const auto value = encode(flag, expires_at);
  if (decode(flag.key, value) != application::CacheLookup(flag)) {
    state.SkipWithError("another flag was read");
  }
  for (auto _ : state) benchmark::DoNotOptimize(decode(flag.key, value));
}
BENCHMARK(decode_flag)->Name("redis: read a flag from JSON");

void decode_tombstone(benchmark::State& state) {
  const domain::Tombstone tombstone{usual_flag().key, 4711};
  const auto value = encode(tombstone, expires_at);
  if (decode(tombstone.key, value) != application::CacheLookup(tombstone)) {
    state.SkipWithError("no tombstone was read");
  }
  for (auto _ : state) benchmark::DoNotOptimize(decode(tombstone.key, value));
}
BENCHMARK(decode_tombstone)->Name("redis: read a tombstone from JSON");

void write_get(benchmark::State& state) {
  const auto key = usual_flag().key;
  for (auto _ : state) {
    Commands commands;
    commands.add({"GET", redis_key(production(), key)});
    benchmark::DoNotOptimize(commands.bytes().data());
  }
}
BENCHMARK(write_get)->Name("redis: write GET of a flag as RESP");

void parse_get(benchmark::State& state) {
  const auto reply = bulk_reply(encode(usual_flag(), expires_at));
  const auto parsed = parse_reply(reply);
  if (!parsed || !*parsed || (*parsed)->size != reply.size()) state.SkipWithError("no reply read");
  for (auto _ : state) benchmark::DoNotOptimize(parse_reply(reply));
}
BENCHMARK(parse_get)->Name("redis: read the reply to GET from RESP");

void parse_mget(benchmark::State& state) {
  constexpr std::size_t keys = 200;
  auto reply = "*" + std::to_string(keys) + "\r\n";
  for (const auto& flag : flags(keys)) reply += bulk_reply(encode(flag, expires_at));
  const auto parsed = parse_reply(reply);
  if (!parsed || !*parsed || (*parsed)->reply.elements.size() != keys) {
    state.SkipWithError("no reply read");
  }
  for (auto _ : state) benchmark::DoNotOptimize(parse_reply(reply));
}
BENCHMARK(parse_mget)->Name("redis: read the reply to MGET of 200 flags from RESP");

void write_fenced_set(benchmark::State& state) {
  std::vector<FencedValue> values;
  for (const auto& flag : flags(max_fenced_keys)) {
    values.push_back(
        {redis_key(production(), flag.key), std::chrono::minutes(5), encode(flag, expires_at)});
  }
  const auto epoch_key = fleet_key(production(), "epoch");
  const application::CacheSnapshot snapshot{.cache_time_ms = 1'767'312'000'456,
                                            .server = std::string(40, 'a'),
                                            .epoch = std::string(32, 'b')};
  for (auto _ : state) {
    Commands commands;
    append_fenced_set(commands, ScriptCall::by_digest, epoch_key, values, snapshot);
    benchmark::DoNotOptimize(commands.bytes().data());
  }
}
BENCHMARK(write_fenced_set)->Name("redis: write the script's call for 200 flags as RESP");

}  // namespace
}  // namespace hearth::bench::micro
