#include "bench/start_summary.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>

namespace hearth::bench {
namespace {

using checks::Clock;
using checks::StartRecord;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Clock::time_point released{seconds(1'000)};

StartRecord record_of(milliseconds first_answer) {
  StartRecord record;
  record.first_answer = released + first_answer;
  record.reads = 10;
  return record;
}

StartRecord record_of(milliseconds first_answer, milliseconds last_miss) {
  auto record = record_of(first_answer);
  record.last_miss = released + last_miss;
  record.misses = 3;
  return record;
}

TEST(FleetStart, LastsUntilTheLastMissOfAnyProcess) {
  const std::array records{record_of(milliseconds(500)),
                           record_of(milliseconds(200), milliseconds(900)),
                           record_of(milliseconds(300), milliseconds(400))};

  const auto start = summary_of(records, released);

  EXPECT_DOUBLE_EQ(start.all_answer_seconds, 0.5);
  EXPECT_DOUBLE_EQ(start.only_hits_seconds, 0.9);
  EXPECT_EQ(start.reads, 30U);
  EXPECT_EQ(start.misses, 6U);
}

TEST(FleetStart, WithoutMissesLastsUntilTheLastFirstAnswer) {
  const std::array records{record_of(milliseconds(500)), record_of(milliseconds(200))};

  EXPECT_DOUBLE_EQ(summary_of(records, released).only_hits_seconds, 0.5);
}

TEST(FleetSettled, OnlyWhenEveryProcessHasAnsweredAndTheLastMissIsLongAgo) {
  const auto now = released + seconds(10);
  const std::array quiet{record_of(seconds(1)), record_of(seconds(1), seconds(5))};
  const std::array with_a_miss{record_of(seconds(1)), record_of(seconds(1), seconds(8))};
  const std::array just_answered{record_of(seconds(1)), record_of(seconds(8))};
  const std::array silent{record_of(seconds(1)), StartRecord{}};

  EXPECT_TRUE(is_settled(quiet, now, seconds(3)));
  EXPECT_FALSE(is_settled(with_a_miss, now, seconds(3)));
  EXPECT_FALSE(is_settled(just_answered, now, seconds(3)));
  EXPECT_FALSE(is_settled(silent, now, seconds(3)));
}

}  // namespace
}  // namespace hearth::bench
