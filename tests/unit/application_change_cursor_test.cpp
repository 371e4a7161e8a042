#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "application/change_cursor.hpp"
#include "application/sweep_cursor.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"

namespace hearth::application {
namespace {

using domain::Version;
using std::chrono::seconds;
using test_support::ManualClock;
using testing::ElementsAre;
using testing::IsEmpty;

/// A database that shows the versions which have become visible so far.
class Table {
 public:
  void show(Version version) { visible_.insert(version); }

  [[nodiscard]] std::vector<ChangedState> find_changed(Version since, std::size_t limit) const {
    std::vector<ChangedState> page;
    for (auto place = visible_.upper_bound(since); place != visible_.end() && page.size() < limit;
         ++place) {
      const auto key = "flag-" + std::to_string(*place);
      page.push_back(
          {test_support::environment("production"), test_support::sample_flag(key, *place)});
    }
    return page;
  }

 private:
  std::set<Version> visible_;
};

class ChangeCursorTest : public testing::Test {
 protected:
  ChangeCursorTest() {
    settings_.overlap = seconds(10);
    settings_.again_every = seconds(0);
    settings_.page_size = 3;
  }

  /// One round; the versions that were to be acted on, in their order.
  std::vector<Version> round(ChangeCursor& cursor) {
    std::vector<Version> acted_on;
    cursor.begin_round(clock_.steady_now());
    queries_ = 0;
    while (const auto since = cursor.next_page()) {
      ++queries_;
      const auto page = table_.find_changed(*since, settings_.page_size);
      for (const auto& change : cursor.unhandled(page)) {
        acted_on.push_back(domain::version_of(change.state));
      }
      cursor.handled(page, clock_.steady_now());
    }
    return acted_on;
  }

  ManualClock clock_;
  Table table_;
  ChangeCursor::Settings settings_;
  int queries_ = 0;
};

TEST_F(ChangeCursorTest, RoundWithoutChangesIsOneQuery) {
  ChangeCursor cursor(5, settings_);
  EXPECT_THAT(round(cursor), IsEmpty());
  EXPECT_EQ(queries_, 1);
}

TEST_F(ChangeCursorTest, EachChangeIsActedOnOnce) {
  ChangeCursor cursor(5, settings_);
  table_.show(5);
  table_.show(6);
  EXPECT_THAT(round(cursor), ElementsAre(6));
  for (int i = 0; i < 30; ++i) {
    clock_.advance(seconds(1));
    EXPECT_THAT(round(cursor), IsEmpty());
  }
  table_.show(7);
  EXPECT_THAT(round(cursor), ElementsAre(7));
}

TEST_F(ChangeCursorTest, SmallerVersionThatAppearsLaterIsFound) {
  ChangeCursor cursor(0, settings_);
  table_.show(2);
  EXPECT_THAT(round(cursor), ElementsAre(2));
  clock_.advance(seconds(9));
  round(cursor);
  table_.show(1);
  EXPECT_THAT(table_.find_changed(cursor.newest(), 3), IsEmpty())
      << "control: what is greater than the last one seen does not have it";
  clock_.advance(seconds(1));
  EXPECT_THAT(round(cursor), ElementsAre(1));
}

TEST_F(ChangeCursorTest, SmallerVersionIsFoundHoweverLateTheRoundComes) {
  ChangeCursor cursor(0, settings_);
  table_.show(2);
  round(cursor);
  table_.show(1);
  clock_.advance(std::chrono::hours(1));  // an outage: no round could be made
  EXPECT_THAT(round(cursor), ElementsAre(1));
}

TEST_F(ChangeCursorTest, WithoutOverlapASmallerVersionIsLost) {
  settings_.overlap = seconds(0);
  ChangeCursor cursor(0, settings_);
  table_.show(2);
  round(cursor);
  clock_.advance(seconds(1));
  round(cursor);
  table_.show(1);
  clock_.advance(seconds(1));
  EXPECT_THAT(round(cursor), IsEmpty()) << "control";
}

TEST_F(ChangeCursorTest, WhatIsOlderThanTheOverlapIsNotReadAgain) {
  ChangeCursor cursor(0, settings_);
  table_.show(1);
  round(cursor);
  EXPECT_EQ(queries_, 2);
  clock_.advance(seconds(9));
  round(cursor);
  EXPECT_EQ(cursor.settled(), 0u);
  clock_.advance(seconds(1));
  round(cursor);
  EXPECT_EQ(cursor.settled(), 1u);
  round(cursor);
  EXPECT_EQ(queries_, 1);
}

TEST_F(ChangeCursorTest, NewChangesComeAllAndOldOnesAPageARound) {
  ChangeCursor cursor(0, settings_);
  for (Version version = 2; version <= 13; ++version) table_.show(version);
  EXPECT_EQ(round(cursor).size(), 12u);
  EXPECT_EQ(queries_, 6) << "four full pages, an empty one, and one that is read again";
  table_.show(1);
  table_.show(14);
  EXPECT_THAT(round(cursor), ElementsAre(14)) << "the pass is beyond version 1 already";
  EXPECT_EQ(queries_, 2);
  std::vector<Version> found;
  for (int i = 0; i < 10 && found.empty(); ++i) found = round(cursor);
  EXPECT_THAT(found, ElementsAre(1)) << "the next pass finds it";
}

TEST_F(ChangeCursorTest, ManyRoundsASecondReadAgainOnlyOnce) {
  settings_.page_size = 100;
  settings_.again_every = seconds(1);
  ChangeCursor cursor(0, settings_);
  for (Version version = 1; version <= 10; ++version) {
    table_.show(2 * version);
    EXPECT_THAT(round(cursor), ElementsAre(2 * version));
    EXPECT_EQ(queries_, version == 1 ? 2 : 1);
    clock_.advance(std::chrono::milliseconds(100));
  }
  table_.show(19);  // committed only now
  EXPECT_THAT(round(cursor), ElementsAre(19)) << "a second after the pass before";
}

TEST_F(ChangeCursorTest, ControlWithoutAnIntervalEveryRoundReadsAgain) {
  ChangeCursor cursor(0, settings_);
  table_.show(1);
  round(cursor);
  table_.show(2);
  round(cursor);
  EXPECT_EQ(queries_, 2);
}

TEST_F(ChangeCursorTest, PassThatBeganBeforeTheOverlapWasOverSettlesNothing) {
  ChangeCursor cursor(0, settings_);
  for (Version version = 1; version <= 6; ++version) table_.show(version);
  round(cursor);  // a pass begins, and reads 1 to 3
  clock_.advance(seconds(20));
  round(cursor);  // it ends with 4 to 6, but began when it could not have seen everything
  EXPECT_EQ(cursor.settled(), 0u);
  round(cursor);
  round(cursor);
  EXPECT_EQ(cursor.settled(), 6u);
}

TEST_F(ChangeCursorTest, RoundEndsAfterItsPages) {
  settings_.most_pages_a_round = 2;
  ChangeCursor cursor(0, settings_);
  for (Version version = 1; version <= 9; ++version) table_.show(version);
  EXPECT_THAT(round(cursor), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(round(cursor), ElementsAre(7, 8, 9));
}

TEST_F(ChangeCursorTest, PageThatWasNotHandledComesAgain) {
  ChangeCursor cursor(0, settings_);
  table_.show(1);
  cursor.begin_round(clock_.steady_now());
  EXPECT_EQ(cursor.unhandled(table_.find_changed(*cursor.next_page(), 3)).size(), 1u);
  EXPECT_THAT(round(cursor), ElementsAre(1));
}

TEST_F(ChangeCursorTest, WhatCannotBeRememberedIsActedOnAgainButNotLost) {
  settings_.most_remembered = 1;
  ChangeCursor cursor(0, settings_);
  table_.show(1);
  table_.show(2);
  EXPECT_THAT(round(cursor), ElementsAre(1, 2, 2)) << "2 once more, as it is read again";
}

TEST(SweepCursor, GoesThroughAllPagesAndRests) {
  ManualClock clock;
  Table table;
  for (Version version = 1; version <= 5; ++version) table.show(version);
  SweepCursor cursor(clock.steady_now(), 0, {.page_size = 2});
  EXPECT_EQ(cursor.due_at(), clock.steady_now()) << "the first one is due at once";
  for (const Version since : {0, 2}) {
    EXPECT_EQ(cursor.since(), since);
    cursor.page_done(table.find_changed(since, 2), clock.steady_now());
    EXPECT_EQ(cursor.due_at(), clock.steady_now() + std::chrono::milliseconds(100));
  }
  cursor.page_done(table.find_changed(4, 2), clock.steady_now());
  EXPECT_EQ(cursor.due_at(), clock.steady_now() + seconds(60));
  EXPECT_EQ(cursor.since(), 0u);
}

TEST(SweepCursor, BeginsAboveAVersionWhenAsked) {
  ManualClock clock;
  Table table;
  for (Version version = 1; version <= 3; ++version) table.show(version);
  SweepCursor cursor(clock.steady_now(), 2, {.page_size = 2});
  EXPECT_EQ(cursor.since(), 2u);
  cursor.page_done(table.find_changed(2, 2), clock.steady_now());
  EXPECT_EQ(cursor.since(), 2u);
}

TEST(SweepCursor, GoesOnWhereItFailed) {
  ManualClock clock;
  Table table;
  for (Version version = 1; version <= 3; ++version) table.show(version);
  SweepCursor cursor(clock.steady_now(), 0, {.page_size = 2});
  cursor.page_done(table.find_changed(0, 2), clock.steady_now());
  cursor.page_failed(clock.steady_now());
  EXPECT_EQ(cursor.due_at(), clock.steady_now() + seconds(1));
  EXPECT_EQ(cursor.since(), 2u);
}

TEST(SweepCursor, IsUnderWayFromItsTurnToItsLastPage) {
  ManualClock clock;
  Table table;
  for (Version version = 1; version <= 3; ++version) table.show(version);
  SweepCursor cursor(clock.steady_now(), 0, {.page_size = 2});
  EXPECT_FALSE(cursor.is_under_way());
  cursor.left_to_another(clock.steady_now());
  EXPECT_FALSE(cursor.is_under_way());
  EXPECT_EQ(cursor.due_at(), clock.steady_now() + seconds(60));
  cursor.begin();
  cursor.page_done(table.find_changed(0, 2), clock.steady_now());
  cursor.page_failed(clock.steady_now());
  EXPECT_TRUE(cursor.is_under_way());
  cursor.page_done(table.find_changed(2, 2), clock.steady_now());
  EXPECT_FALSE(cursor.is_under_way());
  cursor.begin_again(clock.steady_now());
  EXPECT_TRUE(cursor.is_under_way());
}

TEST(SweepCursor, BeginsAgainWhenAsked) {
  ManualClock clock;
  Table table;
  for (Version version = 1; version <= 3; ++version) table.show(version);
  SweepCursor cursor(clock.steady_now(), 0, {.page_size = 2});
  cursor.page_done(table.find_changed(0, 2), clock.steady_now());
  cursor.begin_again(clock.steady_now());
  EXPECT_EQ(cursor.since(), 0u);
  EXPECT_EQ(cursor.due_at(), clock.steady_now());
}

}  // namespace
}  // namespace hearth::application
