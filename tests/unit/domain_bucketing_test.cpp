// GOLDEN VECTORS: NEVER CHANGE THEM. They hold the bucket of every user of every flag in every
// installation. If one of these fails, the code is wrong, not the table: a changed bucket would
// switch features on and off for users under rollout. Computed with another implementation
// (Python's hashlib): `int(sha256(key + ":" + user).hexdigest()[:8], 16) % 100`.

#include <gtest/gtest.h>

#include <string>

#include "domain/evaluation.hpp"
#include "support/flags.hpp"

namespace hearth::domain {
namespace {

using test_support::flag_key;

struct GoldenVector {
  std::string key;
  std::string user;
  int bucket;
};

TEST(Bucketing, GoldenVectorsHoldForEver) {
  const GoldenVector vectors[] = {
      {"new-checkout", "user-1", 83},
      {"new-checkout", "user-2", 61},
      {"new-checkout", "user-3", 40},
      {"new-checkout", "42", 63},
      {"dark.mode", "user-1", 66},
      {"dark_mode", "user-1", 5},
      {"a", "b", 22},
      {"a", "b:c", 56},
      {"A", "b", 28},
      {"0", "0", 18},
      {"panelTitleSearch", "alice@example.com", 93},
      {"panelTitleSearch", "bob@example.com", 15},
      {std::string(100, 'k'), "u", 19},
      {"edge", "user-81", 0},
      {"edge", "user-71", 1},
      {"edge", "user-4", 49},
      {"edge", "user-66", 50},
      {"edge", "user-218", 98},
      {"edge", "user-107", 99},
  };
  for (const auto& vector : vectors) {
    EXPECT_EQ(bucket_of(flag_key(vector.key), vector.user), vector.bucket)
        << vector.key << ":" << vector.user;
  }
}

TEST(Bucketing, GoldenVectorsOfUnusualUsersHoldForEver) {
  EXPECT_EQ(bucket_of(flag_key("new-checkout"), ""), 75);
  EXPECT_EQ(bucket_of(flag_key("flag"), "ü価格"), 95);
  EXPECT_EQ(bucket_of(flag_key("flag"), std::string(1000, 'x')), 24);
  EXPECT_EQ(bucket_of(flag_key("flag"), std::string_view("a\0b", 3)), 44);
  EXPECT_EQ(bucket_of(flag_key("flag"), "a"), 35);
}

TEST(Bucketing, EveryBucketIsBetweenZeroAndNinetyNine) {
  const auto key = flag_key("range");
  for (int user = 0; user < 5000; ++user) {
    const auto bucket = bucket_of(key, std::to_string(user));
    ASSERT_GE(bucket, 0);
    ASSERT_LE(bucket, 99);
  }
}

TEST(Bucketing, FlagsDoNotShareTheirFirstTenth) {
  // Of the first tenth of one flag's users, about a tenth is in the first tenth of another's.
  int first = 0;
  int both = 0;
  for (int user = 0; user < 20'000; ++user) {
    const auto id = "user-" + std::to_string(user);
    if (bucket_of(flag_key("one"), id) >= 10) continue;
    ++first;
    both += bucket_of(flag_key("two"), id) < 10;
  }
  EXPECT_NEAR(static_cast<double>(both) / first, 0.1, 0.03);
}

}  // namespace
}  // namespace hearth::domain
