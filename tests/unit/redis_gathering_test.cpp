#include <gtest/gtest.h>

#include "adapters/redis/gathering.hpp"

namespace hearth::adapters::redis {
namespace {

TEST(Gathering, NobodyWaitsForAServerThatHasNothingToDo) {
  Gathering gathering;
  EXPECT_FALSE(gathering.goes_on(1, 1));
  EXPECT_FALSE(gathering.goes_on(7, 7));
}

TEST(Gathering, GoesOnAsLongAsEachTurnBringsMoreForABusyServer) {
  Gathering gathering;
  EXPECT_TRUE(gathering.goes_on(1, 9));
  EXPECT_TRUE(gathering.goes_on(2, 10));
  EXPECT_TRUE(gathering.goes_on(9, 17));
  EXPECT_FALSE(gathering.goes_on(9, 17)) << "this turn has brought nothing";
}

TEST(Gathering, EndsWhenTheServerHasAnsweredAllElse) {
  Gathering gathering;
  EXPECT_TRUE(gathering.goes_on(1, 9));
  EXPECT_FALSE(gathering.goes_on(2, 2));
}

TEST(Gathering, EndsWithEnoughCommands) {
  Gathering gathering;
  EXPECT_TRUE(gathering.goes_on(Gathering::most_commands - 1, 100));
  EXPECT_FALSE(gathering.goes_on(Gathering::most_commands, 100));
  EXPECT_FALSE(gathering.goes_on(500, 1000)) << "nor does it begin with as many";
}

TEST(Gathering, BeginsAnewAfterEachWrite) {
  Gathering gathering;
  EXPECT_TRUE(gathering.goes_on(5, 9));
  EXPECT_FALSE(gathering.goes_on(5, 9)) << "written";
  EXPECT_TRUE(gathering.goes_on(1, 10)) << "fewer than before, but new";
}

}  // namespace
}  // namespace hearth::adapters::redis
