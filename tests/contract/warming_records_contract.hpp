#pragma once

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "application/ports/warming_records.hpp"
#include "support/flags.hpp"

namespace hearth::contract {

/// Warming records under test with what is around them: empty, reachable, and their own.
class WarmingRecordsFixture {
 public:
  virtual ~WarmingRecordsFixture() = default;

  /// The context whose thread the records belong to; the suite runs it.
  [[nodiscard]] virtual boost::asio::io_context& context() = 0;
  [[nodiscard]] virtual application::WarmingRecords& records() = 0;

  /// Makes the records' time go on by about this much: at once where a test can turn the clock,
  /// otherwise by letting it pass.
  virtual void let_pass(std::chrono::milliseconds time) = 0;
};

struct WarmingRecordsUnderTest {
  std::string name;
  std::function<std::unique_ptr<WarmingRecordsFixture>()> make;
};

/// The contract of application::WarmingRecords, for every adapter alike.
class WarmingRecordsContract : public testing::TestWithParam<WarmingRecordsUnderTest> {
 protected:
  void SetUp() override { fixture_ = GetParam().make(); }

  [[nodiscard]] application::WarmingRecords& records() { return fixture_->records(); }
  [[nodiscard]] WarmingRecordsFixture& fixture() { return *fixture_; }

  [[nodiscard]] application::WarmingState look();
  [[nodiscard]] application::WarmingLockAttempt acquire(
      std::string token, std::optional<std::string> marker_identity = std::nullopt,
      std::chrono::milliseconds life = std::chrono::minutes(1));
  [[nodiscard]] bool extend(std::string token, std::chrono::milliseconds life);
  [[nodiscard]] bool release(std::string token);
  [[nodiscard]] bool finish(std::string token, application::WarmMarker marker);
  void record(application::WarmReport report);
  [[nodiscard]] std::vector<application::WarmReport> recent();

  /// Which environment they speak of.
  domain::Environment environment_ = test_support::environment("production");

 private:
  std::unique_ptr<WarmingRecordsFixture> fixture_;
};

/// `Redis`, `Memory`, ...: how gtest names the instances.
[[nodiscard]] inline std::string name_of_records(
    const testing::TestParamInfo<WarmingRecordsUnderTest>& info) {
  return info.param.name;
}

}  // namespace hearth::contract
