#include <gtest/gtest.h>

#include "adapters/http/request_log.hpp"
#include "support/recording_telemetry.hpp"

namespace hearth::adapters::http {
namespace {

using namespace std::chrono_literals;

TEST(RequestLog, TellsTheFirstAndOneOfEverySoMany) {
  test_support::RecordingTelemetry telemetry;
  RequestLog log(telemetry);
  for (std::uint64_t i = 0; i < 2 * RequestLog::one_of; ++i) {
    log.answered(Route::get_flag, 200, 1ms);
  }
  EXPECT_EQ(telemetry.requests().size(), 2U);
  log.answered(Route::get_flag, 200, 1ms);
  EXPECT_EQ(telemetry.requests().size(), 3U);
}

TEST(RequestLog, TellsEachFailureAndNoRefusal) {
  test_support::RecordingTelemetry telemetry;
  RequestLog log(telemetry);
  log.answered(std::nullopt, 404, 1ms);
  log.answered(Route::get_flag, 404, 1ms);
  log.answered(Route::get_flag, 503, 2ms);
  log.answered(Route::admin_create, 500, 3ms);
  const auto told = telemetry.requests();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].route, "none");
  EXPECT_EQ(told[1].route, "/api/config/flags/:flagKey");
  EXPECT_EQ(told[1].method, "GET");
  EXPECT_EQ(told[1].status, 503);
  EXPECT_EQ(told[1].duration, 2ms);
  EXPECT_EQ(told[2].method, "POST");
}

}  // namespace
}  // namespace hearth::adapters::http
