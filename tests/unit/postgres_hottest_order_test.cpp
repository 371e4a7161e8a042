#include <gtest/gtest.h>

#include "adapters/postgres/hottest_order.hpp"
#include "support/flags.hpp"

namespace hearth::adapters::postgres {
namespace {

using test_support::flag_key;

TEST(HottestOrder, AdmitsFallingHeatThenKeysInOrder) {
  HottestOrder order;
  EXPECT_TRUE(order.admits(3.0, flag_key("z")));
  EXPECT_TRUE(order.admits(3.0, flag_key("b")));
  EXPECT_TRUE(order.admits(-1.0, flag_key("y")));
  EXPECT_TRUE(order.admits(std::nullopt, flag_key("a")));
  EXPECT_TRUE(order.admits(std::nullopt, flag_key("c")));
}

TEST(HottestOrder, RefusesHeatThatRises) {
  HottestOrder order;
  EXPECT_TRUE(order.admits(1.0, flag_key("a")));
  EXPECT_FALSE(order.admits(2.0, flag_key("b")));
}

TEST(HottestOrder, RefusesAReadFlagBehindOnesNeverRead) {
  HottestOrder order;
  EXPECT_TRUE(order.admits(1.0, flag_key("a")));
  EXPECT_TRUE(order.admits(std::nullopt, flag_key("b")));
  EXPECT_FALSE(order.admits(0.5, flag_key("c")));
}

TEST(HottestOrder, RefusesKeysThatFallBehindReadFlags) {
  HottestOrder order;
  EXPECT_TRUE(order.admits(1.0, flag_key("a")));
  EXPECT_TRUE(order.admits(std::nullopt, flag_key("c")));
  EXPECT_FALSE(order.admits(std::nullopt, flag_key("b")));
}

TEST(HottestOrder, WithoutAnyReadFlagAnyOrderWillDo) {
  HottestOrder order;
  EXPECT_TRUE(order.admits(std::nullopt, flag_key("c")));
  EXPECT_TRUE(order.admits(std::nullopt, flag_key("a")));
  EXPECT_TRUE(order.admits(std::nullopt, flag_key("b")));
  EXPECT_FALSE(order.admits(1.0, flag_key("d")));
}

}  // namespace
}  // namespace hearth::adapters::postgres
