#include <gtest/gtest.h>

#include <set>
#include <string>

#include "adapters/http/request_metrics.hpp"

namespace hearth::adapters::http {
namespace {

using namespace std::chrono_literals;

TEST(RequestMetrics, AnswersAreCountedByRouteAndStatusClass) {
  RequestMetrics metrics;
  metrics.answered(Route::get_flag, 200, 1ms);
  metrics.answered(Route::get_flag, 299, 1ms);
  metrics.answered(Route::get_flag, 404, 1ms);
  metrics.answered(Route::metrics, 503, 1ms);
  metrics.answered(std::nullopt, 404, 2ms);
  EXPECT_EQ(metrics.durations(Route::get_flag, 0).count(), 2U);
  EXPECT_EQ(metrics.durations(Route::get_flag, 0).sum, 2ms);
  EXPECT_EQ(metrics.durations(Route::get_flag, 2).count(), 1U);
  EXPECT_EQ(metrics.durations(Route::metrics, 3).count(), 1U);
  EXPECT_EQ(metrics.durations(std::nullopt, 2).sum, 2ms);
  EXPECT_EQ(metrics.durations(Route::evaluate_all, 0).count(), 0U);
}

TEST(RequestMetrics, EveryStatusHasAClass) {
  RequestMetrics metrics;
  for (const int status : {0, 100, 200, 302, 431, 503, 599, 700}) {
    metrics.answered(Route::liveness, status, 1ms);
  }
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < RequestMetrics::status_classes; ++i) {
    all += metrics.durations(Route::liveness, i).count();
  }
  EXPECT_EQ(all, 8U);
}

TEST(RequestMetrics, RequestIsInFlightAsLongAsItsMarkLives) {
  RequestMetrics metrics;
  EXPECT_EQ(metrics.in_flight(), 0U);
  {
    const RequestMetrics::UnderWay one(metrics);
    const RequestMetrics::UnderWay other(metrics);
    EXPECT_EQ(metrics.in_flight(), 2U);
  }
  EXPECT_EQ(metrics.in_flight(), 0U);
}

TEST(RouteName, EveryRouteHasOneOfItsOwn) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < route_count; ++i) {
    const auto name = name_of(static_cast<Route>(i));
    EXPECT_TRUE(name.path.starts_with('/')) << i;
    names.insert(std::string(name.method) + " " + std::string(name.path));
  }
  EXPECT_EQ(names.size(), route_count);
  EXPECT_TRUE(names.contains("GET /api/config/flags/:flagKey"));
}

}  // namespace
}  // namespace hearth::adapters::http
