#include <gtest/gtest.h>

#include <limits>

#include "application/fence.hpp"

namespace hearth::application {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds fresh{0};

TEST(Fence, NothingPresentIsWritten) {
  EXPECT_EQ(decide_fenced_write(std::nullopt, 0, fresh), WriteOutcome::written);
  EXPECT_EQ(decide_fenced_write(std::nullopt, 7, fresh), WriteOutcome::written);
}

TEST(Fence, OlderPresentIsWritten) {
  EXPECT_EQ(decide_fenced_write(6, 7, fresh), WriteOutcome::written);
  EXPECT_EQ(decide_fenced_write(0, 1, fresh), WriteOutcome::written);
}

TEST(Fence, EqualPresentIsUnchanged) {
  EXPECT_EQ(decide_fenced_write(7, 7, fresh), WriteOutcome::unchanged);
  EXPECT_EQ(decide_fenced_write(0, 0, fresh), WriteOutcome::unchanged);
}

TEST(Fence, NewerPresentStays) {
  EXPECT_EQ(decide_fenced_write(8, 7, fresh), WriteOutcome::newer_present);
  EXPECT_EQ(decide_fenced_write(1, 0, fresh), WriteOutcome::newer_present);
}

TEST(Fence, GreatVersionsCompareWithoutSign) {
  const auto greatest = std::numeric_limits<domain::Version>::max();
  EXPECT_EQ(decide_fenced_write(1, greatest, fresh), WriteOutcome::written);
  EXPECT_EQ(decide_fenced_write(greatest, 1, fresh), WriteOutcome::newer_present);
}

TEST(Fence, SnapshotOfMaximumAgeIsStillGood) {
  EXPECT_EQ(decide_fenced_write(std::nullopt, 1, max_snapshot_age), WriteOutcome::written);
  EXPECT_EQ(decide_fenced_write(std::nullopt, 1, max_snapshot_age + milliseconds(1)),
            WriteOutcome::too_old);
}

TEST(Fence, TooOldComesBeforeWhatIsPresent) {
  const auto old = max_snapshot_age + milliseconds(1);
  EXPECT_EQ(decide_fenced_write(6, 7, old), WriteOutcome::too_old);
  EXPECT_EQ(decide_fenced_write(7, 7, old), WriteOutcome::too_old);
  EXPECT_EQ(decide_fenced_write(8, 7, old), WriteOutcome::too_old);
}

TEST(Fence, SnapshotAheadOfTheCacheIsGood) {
  EXPECT_EQ(decide_fenced_write(6, 7, milliseconds(-5)), WriteOutcome::written);
}

}  // namespace
}  // namespace hearth::application
