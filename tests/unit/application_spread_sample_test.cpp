#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/spread_sample.hpp"

namespace hearth::application {
namespace {

std::vector<int> sample_of(std::size_t most, int elements) {
  SpreadSample<int> sample(most);
  for (int i = 0; i < elements; ++i) sample.offer(i);
  return sample.take();
}

TEST(SpreadSample, OfFewElementsIsAll) {
  EXPECT_TRUE(sample_of(4, 0).empty());
  EXPECT_THAT(sample_of(4, 3), testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(sample_of(4, 4), testing::ElementsAre(0, 1, 2, 3));
}

TEST(SpreadSample, OfSomeElementsIsAsEvenAsCanBe) {
  EXPECT_THAT(sample_of(4, 8), testing::ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(sample_of(4, 15), testing::ElementsAre(0, 3, 7, 11));
}

TEST(SpreadSample, OfManyElementsIsNearlyEven) {
  constexpr int most = 32;
  for (const int elements : {1'025, 2'047, 2'048, 2'049, 12'345, 100'000}) {
    const auto sample = sample_of(most, elements);
    ASSERT_EQ(sample.size(), static_cast<std::size_t>(most)) << elements;
    const auto tolerance = 3.0 * elements / (most * most);
    for (int i = 0; i < most; ++i) {
      EXPECT_NEAR(sample[static_cast<std::size_t>(i)], i * (1.0 * elements / most), tolerance)
          << elements;
    }
  }
}

TEST(SpreadSample, OddSizesDoNotDrift) {
  const auto sample = sample_of(3, 1'000);
  ASSERT_EQ(sample.size(), 3u);
  EXPECT_EQ(sample.front(), 0);
  EXPECT_NEAR(sample[1], 333, 250);
  EXPECT_NEAR(sample[2], 667, 250);
}

}  // namespace
}  // namespace hearth::application
