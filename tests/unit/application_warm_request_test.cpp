#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/warm_request.hpp"

namespace hearth::application {
namespace {

using testing::HasSubstr;

std::vector<std::string_view> names(std::size_t count) {
  return std::vector<std::string_view>(count, "new-checkout");
}

TEST(WarmRequest, NamesAreKeysInTheirOrder) {
  const std::vector<std::string_view> given = {"b", "a", "b"};
  const auto keys = parse_warm_keys(given).value();
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0].text(), "b");
  EXPECT_EQ(keys[1].text(), "a");
  EXPECT_EQ(keys[2].text(), "b");
}

TEST(WarmRequest, NumberOfNamesIsBounded) {
  EXPECT_TRUE(parse_warm_keys(names(1)));
  EXPECT_TRUE(parse_warm_keys(names(most_warm_keys)));
  for (const auto count : {std::size_t{0}, most_warm_keys + 1}) {
    const auto keys = parse_warm_keys(names(count));
    ASSERT_FALSE(keys) << count;
    EXPECT_EQ(keys.error().code, domain::ErrorCode::validation);
    EXPECT_THAT(keys.error().message, HasSubstr("1 to 1000 flags"));
  }
}

TEST(WarmRequest, NameThatIsNoFlagKeyIsRefused) {
  const std::vector<std::string_view> given = {"a", "a/b"};
  const auto keys = parse_warm_keys(given);
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, domain::ErrorCode::validation);
  EXPECT_THAT(keys.error().message, HasSubstr("character 2 is '/'"));
}

}  // namespace
}  // namespace hearth::application
