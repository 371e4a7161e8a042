#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "application/access_tracker.hpp"
#include "application/ports/access_repository.hpp"
#include "domain/heat.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_telemetry.hpp"
#include "support/run_task.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::run_task;

/// Keeps what it is given, or fails with what the test sets.
class RecordingAccesses final : public AccessRepository {
 public:
  std::optional<Error> failure;
  std::vector<std::vector<AccessCount>> calls;

  Task<domain::Result<void>> record(std::vector<AccessCount> accesses, Deadline) override {
    calls.push_back(std::move(accesses));
    if (failure) co_return std::unexpected(*failure);
    co_return domain::Result<void>{};
  }
};

class AccessTrackerTest : public testing::Test {
 protected:
  AccessTrackerTest() {
    tracker_.add_counter(context_.get_executor(), first_);
    tracker_.add_counter(context_.get_executor(), second_);
  }
  domain::Result<std::size_t> flush() {
    return run_task(context_, tracker_.flush(deadline_in(seconds(1))));
  }
  /// (environment/key -> count) of the last write.
  std::map<std::string, std::uint64_t> last_write() const {
    std::map<std::string, std::uint64_t> counts;
    for (const auto& access : repository_.calls.back()) {
      counts[access.environment.text() + "/" + access.key.text()] += access.count;
    }
    EXPECT_EQ(counts.size(), repository_.calls.back().size()) << "a key occurs twice";
    return counts;
  }

  using Counts = std::map<std::string, std::uint64_t>;
  const domain::Environment production_ = test_support::environment("production");
  const domain::Environment staging_ = test_support::environment("staging");
  const domain::HeatDecay decay_{seconds(600)};
  boost::asio::io_context context_;
  RecordingAccesses repository_;
  test_support::ManualClock clock_;
  test_support::RecordingTelemetry telemetry_;
  AccessCounter first_;
  AccessCounter second_;
  AccessTracker tracker_{repository_, clock_, telemetry_, decay_};
};

TEST_F(AccessTrackerTest, NothingReadIsNothingWritten) {
  EXPECT_EQ(flush(), 0u);
  EXPECT_TRUE(repository_.calls.empty());
}

TEST_F(AccessTrackerTest, CountsOfAllThreadsAreAdded) {
  for (int i = 0; i < 3; ++i) first_.record(production_, flag_key("a"));
  second_.record(production_, flag_key("a"));
  second_.record(production_, flag_key("b"));
  second_.record(staging_, flag_key("a"));
  EXPECT_EQ(flush(), 3u);
  EXPECT_EQ(last_write(), (Counts{{"production/a", 4}, {"production/b", 1}, {"staging/a", 1}}));
  EXPECT_EQ(flush(), 0u);
  EXPECT_EQ(repository_.calls.size(), 1u);
}

TEST_F(AccessTrackerTest, HeatIsThatOfTheDomain) {
  clock_.advance(seconds(1234));
  for (int i = 0; i < 5; ++i) first_.record(production_, flag_key("a"));
  ASSERT_EQ(flush(), 1u);
  const auto& access = repository_.calls.at(0).at(0);
  EXPECT_EQ(access.last_accessed_at, clock_.now());
  EXPECT_EQ(access.heat, domain::heat_of(5, clock_.now(), decay_));
}

TEST_F(AccessTrackerTest, CountsAreKeptWhileTheDatabaseIsAway) {
  repository_.failure = Error{ErrorCode::unavailable, "the database is away"};
  first_.record(production_, flag_key("a"));
  EXPECT_EQ(flush().error(), *repository_.failure);
  ASSERT_EQ(telemetry_.warnings().size(), 1u);
  EXPECT_EQ(telemetry_.warnings()[0].first, "access_flush");
  first_.record(production_, flag_key("a"));
  repository_.failure = std::nullopt;
  EXPECT_EQ(flush(), 1u);
  EXPECT_EQ(last_write(), (Counts{{"production/a", 2}}));
}

TEST_F(AccessTrackerTest, CountsInDoubtAreDropped) {
  repository_.failure = Error{ErrorCode::in_doubt, "the connection broke"};
  first_.record(production_, flag_key("a"));
  EXPECT_FALSE(flush());
  repository_.failure = std::nullopt;
  EXPECT_EQ(flush(), 0u);
  EXPECT_EQ(repository_.calls.size(), 1u);
}

TEST(AccessCounter, CountsEachKeyOfEachEnvironment) {
  const auto production = test_support::environment("production");
  const auto staging = test_support::environment("staging");
  AccessCounter counter;
  counter.record(production, flag_key("a"));
  counter.record(production, flag_key("a"));
  counter.record(staging, flag_key("a"));
  auto counts = counter.take();
  EXPECT_EQ(counts[production][flag_key("a")], 2u);
  EXPECT_EQ(counts[staging][flag_key("a")], 1u);
  EXPECT_TRUE(counter.take().empty());
  counter.record(staging, flag_key("a"));
  counts = counter.take();
  EXPECT_EQ(counts[staging][flag_key("a")], 1u) << "it begins anew";
}

TEST(AccessCounter, DistinctKeysAreBoundedBetweenTwoFlushes) {
  const auto production = test_support::environment("production");
  AccessCounter counter;
  for (std::size_t i = 0; i < AccessCounter::most_keys + 10; ++i) {
    counter.record(production, flag_key(std::to_string(i)));
  }
  counter.record(production, flag_key("0"));  // a known one still counts
  auto counts = counter.take();
  EXPECT_EQ(counts[production].size(), AccessCounter::most_keys);
  EXPECT_EQ(counts[production][flag_key("0")], 2u);
  counter.record(production, flag_key("after"));
  EXPECT_EQ(counter.take().size(), 1u);
}

}  // namespace
}  // namespace hearth::application
