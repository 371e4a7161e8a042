#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/entry_refresher.hpp"
#include "support/flags.hpp"
#include "support/held_repository.hpp"
#include "support/recording_cache.hpp"
#include "support/start_task.hpp"

namespace hearth::application {
namespace {

using domain::FlagState;
using std::chrono::milliseconds;
using test_support::flag_key;
using test_support::run_ready;
using test_support::sample_flag;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EntryRefresherTest : public testing::Test {
 protected:
  void read(std::string_view key, milliseconds remaining) {
    refresher_.note_read(production_, flag_key(key), remaining);
    run_ready(context_);
  }

  const domain::Environment production_ = test_support::environment("production");
  boost::asio::io_context context_;
  test_support::Events events_;
  test_support::HeldRepository repository_{events_};
  test_support::RecordingCache cache_{events_};
  CacheStatistics statistics_;
  Readiness readiness_;
  FlagLoader loader_{context_.get_executor(), repository_, cache_, statistics_, readiness_, {}};
  EntryRefresher refresher_{
      context_.get_executor(), loader_, {.life = milliseconds(10'000), .most_under_way = 3}};
};

TEST_F(EntryRefresherTest, EntryWithEnoughLifeIsLeftAlone) {
  read("a", milliseconds(10'000));
  read("a", milliseconds(2'000));
  EXPECT_THAT(repository_.queries, IsEmpty());
}

TEST_F(EntryRefresherTest, EntryNearItsEndIsReadAnewAndWritten) {
  read("a", milliseconds(1'999));
  ASSERT_THAT(repository_.queries, SizeIs(1));
  EXPECT_THAT(repository_.queries[0].keys, ElementsAre(flag_key("a")));
  repository_.answer(0, std::vector<FlagState>{sample_flag("a")});
  run_ready(context_);
  ASSERT_THAT(cache_.writes, SizeIs(1));
  EXPECT_EQ(cache_.writes[0].entries.at(0).state, FlagState(sample_flag("a")));
  EXPECT_EQ(refresher_.under_way(), 0U);
}

TEST_F(EntryRefresherTest, OncePerKeyAtATime) {
  for (int i = 0; i < 5; ++i) read("a", milliseconds(100));
  EXPECT_THAT(repository_.queries, SizeIs(1));
  EXPECT_EQ(refresher_.under_way(), 1U);
  repository_.answer(0, std::vector<FlagState>{sample_flag("a")});
  run_ready(context_);
  read("a", milliseconds(100));
  EXPECT_THAT(repository_.queries, SizeIs(2)) << "and again when it comes near its end again";
}

TEST_F(EntryRefresherTest, FewAtATime) {
  for (const auto* key : {"a", "b", "c", "d", "e"}) read(key, milliseconds(0));
  EXPECT_EQ(refresher_.under_way(), 3U);
}

TEST_F(EntryRefresherTest, FailureIsFollowedByAPause) {
  read("a", milliseconds(0));
  repository_.answer(0, domain::fail(domain::ErrorCode::unavailable, "away"));
  run_ready(context_);
  EXPECT_EQ(refresher_.under_way(), 0U);
  read("a", milliseconds(0));
  read("b", milliseconds(0));
  EXPECT_THAT(repository_.queries, SizeIs(1));
}

}  // namespace
}  // namespace hearth::application
