#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "application/grouped_misses.hpp"
#include "support/flags.hpp"

namespace hearth::application {
namespace {

using Misses = GroupedMisses<std::string, int>;
using testing::ElementsAre;
using testing::Pair;

class GroupedMissesTest : public testing::Test {
 protected:
  const domain::Environment production_ = test_support::environment("production");
  const domain::Environment staging_ = test_support::environment("staging");
};

TEST_F(GroupedMissesTest, NothingWaitingIsNothingToSend) {
  Misses misses({});
  EXPECT_FALSE(misses.take());
}

TEST_F(GroupedMissesTest, WaitersOfOneKeyShareItsPlace) {
  Misses misses({});
  misses.join(production_, "a", 1);
  misses.join(production_, "b", 2);
  misses.join(production_, "a", 3);
  const auto group = misses.take();
  ASSERT_TRUE(group);
  EXPECT_EQ(group->environment, production_);
  EXPECT_THAT(group->waiters, ElementsAre(Pair("a", ElementsAre(1, 3)), Pair("b", ElementsAre(2))));
  EXPECT_FALSE(misses.take());
}

TEST_F(GroupedMissesTest, NobodyJoinsWhatHasBeenSent) {
  Misses misses({});
  misses.join(production_, "a", 1);
  const auto sent = misses.take();
  misses.join(production_, "a", 2);
  EXPECT_THAT(sent->waiters, ElementsAre(Pair("a", ElementsAre(1))));
  const auto next = misses.take();
  ASSERT_TRUE(next);
  EXPECT_THAT(next->waiters, ElementsAre(Pair("a", ElementsAre(2))));
}

TEST_F(GroupedMissesTest, AtMostTwoAreUnderWay) {
  Misses misses({});
  misses.join(production_, "a", 1);
  ASSERT_TRUE(misses.take());
  misses.join(production_, "a", 2);
  ASSERT_TRUE(misses.take());
  misses.join(production_, "a", 3);
  misses.join(production_, "b", 4);
  EXPECT_FALSE(misses.take());
  misses.finished();
  const auto third = misses.take();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->waiters.size(), 2u);
  EXPECT_FALSE(misses.take());
}

TEST_F(GroupedMissesTest, FullGroupOpensAnother) {
  Misses misses({.most_under_way = 10, .most_keys = 2});
  misses.join(production_, "a", 1);
  misses.join(production_, "b", 2);
  misses.join(production_, "c", 3);
  misses.join(production_, "a", 4);  // has its place in the full group
  EXPECT_THAT(misses.take()->waiters,
              ElementsAre(Pair("a", ElementsAre(1, 4)), Pair("b", ElementsAre(2))));
  EXPECT_THAT(misses.take()->waiters, ElementsAre(Pair("c", ElementsAre(3))));
}

TEST_F(GroupedMissesTest, EnvironmentsNeverMix) {
  Misses misses({});
  misses.join(production_, "a", 1);
  misses.join(staging_, "a", 2);
  misses.join(production_, "b", 3);
  const auto first = misses.take();
  const auto second = misses.take();
  EXPECT_EQ(first->environment, production_);
  EXPECT_THAT(first->waiters, ElementsAre(Pair("a", ElementsAre(1)), Pair("b", ElementsAre(3))));
  EXPECT_EQ(second->environment, staging_);
  EXPECT_THAT(second->waiters, ElementsAre(Pair("a", ElementsAre(2))));
}

TEST_F(GroupedMissesTest, GroupsGoInTheOrderOfTheirOpening) {
  Misses misses({.most_under_way = 10, .most_keys = 1});
  for (const auto* key : {"c", "a", "b"}) misses.join(production_, key, 0);
  std::string order;
  while (const auto group = misses.take()) order += group->waiters.begin()->first;
  EXPECT_EQ(order, "cab");
}

TEST_F(GroupedMissesTest, RoomCountsWaitersThatAreNotSent) {
  Misses misses({.most_waiting = 2});
  EXPECT_TRUE(misses.has_room());
  misses.join(production_, "a", 1);
  EXPECT_TRUE(misses.has_room());
  misses.join(production_, "a", 2);
  EXPECT_FALSE(misses.has_room());
  ASSERT_TRUE(misses.take());
  EXPECT_TRUE(misses.has_room());
}

}  // namespace
}  // namespace hearth::application
