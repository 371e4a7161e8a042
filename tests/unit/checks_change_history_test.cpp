#include <gtest/gtest.h>

#include "checks/change_history.hpp"
#include "checks/durations.hpp"

namespace hearth::checks {
namespace {

using std::chrono::milliseconds;
using Verdict = ChangeHistory::Verdict;

/// The next change, answered with this status.
void make_change(ChangeHistory& history, int status) {
  Change change;
  change.number = history.begin();
  change.status = status;
  history.end(change);
}

TEST(ChangeHistory, AcknowledgedChangeRaisesTheFloor) {
  ChangeHistory history;
  EXPECT_EQ(history.acknowledged(), 0u);
  make_change(history, 200);
  make_change(history, 200);
  EXPECT_EQ(history.acknowledged(), 2u);
}

TEST(ChangeHistory, ChangeInDoubtOrNotYetEverywhereDoesNot) {
  ChangeHistory history;
  make_change(history, 200);
  for (const int status : {202, 503, 504, 0}) make_change(history, status);
  EXPECT_EQ(history.acknowledged(), 1u);
  EXPECT_EQ(history.sent(), 5u);
}

TEST(ChangeHistory, LaterAcknowledgementCoversWhatWasInDoubt) {
  ChangeHistory history;
  make_change(history, 202);
  make_change(history, 200);
  EXPECT_EQ(history.acknowledged(), 2u);
}

TEST(ChangeHistory, ReadMayAnswerTheFloorAndWhatIsUnderWay) {
  ChangeHistory history;
  make_change(history, 200);
  const auto floor = history.acknowledged();
  EXPECT_EQ(history.begin(), 2u);
  EXPECT_EQ(history.judge(floor, 1), Verdict::right);
  EXPECT_EQ(history.judge(floor, 2), Verdict::right);
}

TEST(ChangeHistory, ReadThatAnswersLessThanTheFloorIsOutdated) {
  ChangeHistory history;
  make_change(history, 200);
  make_change(history, 200);
  EXPECT_EQ(history.judge(2, 1), Verdict::outdated);
  // Not if the change was acknowledged only while the read was under way.
  EXPECT_EQ(history.judge(1, 1), Verdict::right);
}

TEST(ChangeHistory, NumberThatNobodySentIsInvented) {
  ChangeHistory history;
  make_change(history, 200);
  EXPECT_EQ(history.judge(1, 2), Verdict::invented);
}

TEST(ChangeHistory, RemembersTheLatestChanges) {
  ChangeHistory history;
  for (int i = 0; i < 30; ++i) make_change(history, 200);
  const auto recent = history.recent();
  ASSERT_EQ(recent.size(), 12u);
  EXPECT_EQ(recent.front().number, 19u);
  EXPECT_EQ(recent.back().number, 30u);
}

TEST(ChangeNumber, StandsInTheDescription) {
  const auto body = R"({"key":"a","description":")" + description_of(1'234) + R"("})";
  EXPECT_EQ(number_in(body), 1'234u);
  EXPECT_EQ(number_in(R"({"key":"a","description":""})"), 0u);
}

TEST(Durations, PercentilesAreByNearestRank) {
  Durations durations;
  EXPECT_EQ(durations.percentile(0.5), 0);
  for (int i = 100; i >= 1; --i) durations.add(milliseconds(i));
  EXPECT_EQ(durations.percentile(0.5), 50);
  EXPECT_EQ(durations.percentile(0.99), 99);
  EXPECT_EQ(durations.greatest(), 100);
  EXPECT_EQ(durations.percentile(0), 1);
}

}  // namespace
}  // namespace hearth::checks
