#pragma once

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "application/ports/cache_adapter.hpp"

namespace hearth::contract {

/// A cache under test with what is around it: empty, reachable, and its own.
class CacheFixture {
 public:
  virtual ~CacheFixture() = default;

  /// The context whose thread the cache belongs to; the suite runs it.
  [[nodiscard]] virtual boost::asio::io_context& context() = 0;
  [[nodiscard]] virtual application::CacheAdapter& cache() = 0;

  /// Makes the cache's time go on by about this much: at once where a test can turn the cache's
  /// clock, otherwise by letting it pass.
  virtual void let_pass(std::chrono::milliseconds time) = 0;
};

/// What an adapter of the port gives to the suite: its name and how to make one.
struct CacheUnderTest {
  std::string name;
  std::function<std::unique_ptr<CacheFixture>()> make;
};

/// The contract of application::CacheAdapter, for every adapter alike. Instantiate it with
/// `INSTANTIATE_TEST_SUITE_P(Redis, CacheAdapterContract, testing::Values(...), name_of_cache)`.
class CacheAdapterContract : public testing::TestWithParam<CacheUnderTest> {
 protected:
  using Lookups = std::vector<application::CacheLookup>;

  void SetUp() override { fixture_ = GetParam().make(); }

  [[nodiscard]] application::CacheAdapter& cache() { return fixture_->cache(); }
  [[nodiscard]] CacheFixture& fixture() { return *fixture_; }

  /// A snapshot that is good now.
  [[nodiscard]] application::CacheSnapshot snapshot();
  /// One that was taken this long ago.
  [[nodiscard]] application::CacheSnapshot snapshot_of(std::chrono::milliseconds ago);

  [[nodiscard]] application::CacheLookup get(const std::string& key);
  [[nodiscard]] Lookups get_many(const std::vector<std::string>& keys);
  [[nodiscard]] application::WriteReport set_many(std::vector<application::CacheEntry> entries);
  [[nodiscard]] application::WriteReport set_many(std::vector<application::CacheEntry> entries,
                                                  application::CacheSnapshot snapshot);
  /// Writes one state and gives its outcome.
  application::WriteOutcome set(domain::FlagState state,
                                std::chrono::milliseconds ttl = std::chrono::minutes(5));

  /// Which environment `get`, `set` and the others speak of.
  void use_environment(const std::string& name);

 private:
  std::unique_ptr<CacheFixture> fixture_;
  std::string environment_ = "production";
};

[[nodiscard]] inline std::string name_of_cache(const testing::TestParamInfo<CacheUnderTest>& info) {
  return info.param.name;
}

/// So that a failed comparison shows what is there.
void PrintTo(const CacheUnderTest& cache, std::ostream* out);

}  // namespace hearth::contract
