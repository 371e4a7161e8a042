#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "application/warm_pipeline.hpp"
#include "support/flag_stream.hpp"
#include "support/flags.hpp"
#include "support/held_cache.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_cache.hpp"
#include "support/run_task.hpp"
#include "support/start_task.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::Flag;
using std::chrono::milliseconds;
using test_support::run_ready;
using test_support::sample_flag;
using test_support::start_task;
using testing::HasSubstr;

std::vector<Flag> flags(std::size_t count) {
  std::vector<Flag> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(sample_flag("flag-" + std::to_string(i)));
  return all;
}

class WarmPipelineTest : public testing::Test {
 protected:
  /// A query that gives `count` flags in batches of ten, then the end of the run.
  test_support::Pending<bool> stream(std::size_t count, std::size_t writes_at_once,
                                     CacheAdapter& cache) {
    pipeline_.emplace(
        context_.get_executor(), cache, clock_, report_,
        WarmPipeline::Settings{
            .ttl = milliseconds(1), .writes_at_once = writes_at_once, .sampled = count},
        CacheSnapshot{}, deadline_in(std::chrono::seconds(20)));
    return start_task(context_, stream_and_finish(*pipeline_, flags(count)));
  }
  static Task<bool> stream_and_finish(WarmPipeline& pipeline, std::vector<Flag> all) {
    const bool wanted = co_await test_support::stream(std::move(all), 10, pipeline);
    co_await pipeline.finish();
    co_return wanted;
  }
  void answer(std::size_t number, WriteOutcome outcome = WriteOutcome::written) {
    cache_.answer(number, outcome);
    run_ready(context_);
  }
  /// Answers one write after the other, the oldest first, until none is under way.
  void answer_all(std::size_t first = 0) {
    for (auto i = first; i < cache_.writes.size(); ++i) answer(i);
  }

  boost::asio::io_context context_;
  test_support::ManualClock clock_;
  test_support::HeldCache cache_;
  WarmReport report_{
      .id = "", .environment = test_support::environment("production"), .error = std::nullopt};
  std::optional<WarmPipeline> pipeline_;
};

TEST_F(WarmPipelineTest, WritesBeginWhileTheQueryHasNotEnded) {
  const auto run = stream(30, 2, cache_);
  ASSERT_EQ(cache_.writes.size(), 2u);
  EXPECT_EQ(cache_.writes[0].size(), 10u);
  EXPECT_EQ(domain::key_of(cache_.writes[1].front().state).text(), "flag-10");
  EXPECT_EQ(cache_.writes[1].front().ttl, milliseconds(1));
  EXPECT_FALSE(run->has_value());
  answer_all();
  EXPECT_EQ(*run, true);
}

TEST_F(WarmPipelineTest, QueryWaitsWhileAsManyWritesAreUnderWayAsMayBe) {
  const auto run = stream(100, 3, cache_);
  EXPECT_EQ(pipeline_->taken(), 40u) << "the fourth batch waits for a write to end";
  EXPECT_EQ(cache_.writes.size(), 3u);
  answer(1);  // whichever ends first
  EXPECT_EQ(cache_.writes.size(), 4u);
  answer(0);
  EXPECT_EQ(cache_.writes.size(), 5u);
  EXPECT_EQ(cache_.under_way(), 3u);
  answer_all(2);
  ASSERT_TRUE(run->has_value());
  EXPECT_EQ(cache_.most_under_way(), 3u);
  EXPECT_EQ(report_.written, 100u);
}

TEST_F(WarmPipelineTest, ControlWithoutABoundEverythingIsUnderWayAtOnce) {
  const auto run = stream(100, static_cast<std::size_t>(-1), cache_);
  EXPECT_EQ(cache_.most_under_way(), 10u) << "or the bound of the tests above bounds nothing";
  answer_all();
  EXPECT_TRUE(run->has_value());
}

TEST_F(WarmPipelineTest, OneWriteAtATimeIsEnough) {
  const auto run = stream(100, 1, cache_);
  answer_all();
  EXPECT_EQ(*run, true);
  EXPECT_EQ(cache_.most_under_way(), 1u);
  EXPECT_EQ(report_.written, 100u);
}

TEST_F(WarmPipelineTest, EndsOnlyWhenAllWritesHaveEnded) {
  const auto run = stream(20, 4, cache_);
  answer(1);
  EXPECT_FALSE(run->has_value());
  answer(0);
  EXPECT_TRUE(run->has_value());
}

TEST_F(WarmPipelineTest, AfterAWriteThatFailedNoMoreIsWanted) {
  const auto run = stream(100, 2, cache_);
  WriteReport failure;
  failure.outcomes.assign(10, WriteOutcome::failed);
  failure.error = Error{ErrorCode::unavailable, "gone"};
  cache_.answer(0, failure);
  run_ready(context_);
  answer(1);
  EXPECT_EQ(*run, false);
  EXPECT_EQ(cache_.writes.size(), 2u);
  EXPECT_EQ(pipeline_->taken(), 30u) << "the one that was waiting, and no other";
  EXPECT_EQ(report_.written, 10u);
  EXPECT_EQ(report_.failed, 20u);
  EXPECT_EQ(report_.error, failure.error);
  EXPECT_TRUE(report_.sample.empty());
}

TEST_F(WarmPipelineTest, AfterAWriteThatCameTooLateNoMoreIsWanted) {
  const auto run = stream(50, 1, cache_);
  answer(0, WriteOutcome::too_old);
  EXPECT_EQ(*run, false);
  EXPECT_EQ(report_.failed, 20u);
  EXPECT_EQ(report_.error->code, ErrorCode::deadline_exceeded);
}

TEST_F(WarmPipelineTest, WriteThatThrowsIsReported) {
  test_support::Events events;
  test_support::RecordingCache cache(events);
  cache.outcome = [](const auto&) -> WriteOutcome { throw std::runtime_error("surprise"); };
  const auto run = stream(10, 1, cache);
  EXPECT_TRUE(run->has_value());
  EXPECT_EQ(report_.failed, 10u);
  ASSERT_TRUE(report_.error);
  EXPECT_THAT(report_.error->message, HasSubstr("surprise"));
}

TEST_F(WarmPipelineTest, TimeIsSplitBetweenWritingAndHoldingTheQueryBack) {
  const auto run = stream(30, 2, cache_);  // two under way, the third waits
  clock_.advance(milliseconds(5));
  answer(0);
  clock_.advance(milliseconds(3));
  answer_all(1);
  ASSERT_TRUE(run->has_value());
  EXPECT_EQ(pipeline_->held_back(), milliseconds(5));
  EXPECT_EQ(report_.pipeline_duration, milliseconds(8)) << "counted once, however many there were";
}

TEST_F(WarmPipelineTest, SampleIsSpreadOverAllBatches) {
  const auto run = stream(320, 1, cache_);
  answer_all();
  ASSERT_EQ(report_.sample.size(), WarmReport::most_sampled);
  EXPECT_EQ(report_.sample[1].text(), "flag-10");
  EXPECT_EQ(report_.sample.back().text(), "flag-310");
}

}  // namespace
}  // namespace hearth::application
