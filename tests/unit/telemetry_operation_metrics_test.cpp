#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/telemetry/operation_metrics.hpp"
#include "application/telemetry_fan_out.hpp"
#include "support/flags.hpp"
#include "support/recording_telemetry.hpp"

namespace hearth::adapters::telemetry {
namespace {

using namespace std::chrono_literals;
using application::ChangeOutcome;
using application::WarmTrigger;
using testing::HasSubstr;
using testing::Not;

application::WarmReport report_of(WarmTrigger trigger) {
  application::WarmReport report{.id = "1",
                                 .trigger = trigger,
                                 .environment = test_support::environment("production"),
                                 .error = std::nullopt};
  report.duration = 2ms;
  report.written = 5;
  report.unchanged = 4;
  report.newer = 3;
  report.missing = 2;
  report.failed = 1;
  return report;
}

std::string page_of(const OperationMetrics& metrics) {
  PrometheusText page;
  metrics.write(page);
  return page.take();
}

TEST(OperationMetrics, WarmRunsAreCountedByTriggerAndOutcome) {
  OperationMetrics metrics;
  metrics.warm_run_finished(report_of(WarmTrigger::cold_start));
  metrics.warm_run_finished(report_of(WarmTrigger::manual));
  auto failed = report_of(WarmTrigger::manual);
  failed.error = domain::Error{domain::ErrorCode::unavailable, "the cache is away"};
  metrics.warm_run_finished(failed);

  const auto page = page_of(metrics);
  const std::string runs = "hearth_cache_warming_runs_total";
  EXPECT_THAT(page, HasSubstr(runs + R"({trigger="cold-start",outcome="succeeded"} 1)"));
  EXPECT_THAT(page, HasSubstr(runs + R"({trigger="manual",outcome="succeeded"} 1)"));
  EXPECT_THAT(page, HasSubstr(runs + R"({trigger="manual",outcome="failed"} 1)"));
  EXPECT_THAT(page, HasSubstr(runs + R"({trigger="scheduled",outcome="failed"} 0)"));
  EXPECT_THAT(page, HasSubstr(R"(hearth_cache_warming_errors_total{trigger="manual"} 1)"));
  EXPECT_THAT(page,
              HasSubstr(R"(hearth_cache_warming_duration_seconds_count{trigger="manual"} 2)"));
  EXPECT_THAT(page, HasSubstr(R"(hearth_cache_warming_duration_seconds_sum{trigger="manual"} )"
                              "0.004\n"));
  EXPECT_THAT(page, Not(HasSubstr(R"(duration_seconds_count{trigger="refresh"})")));
  const std::string flags = "hearth_cache_warming_flags_total";
  EXPECT_THAT(page, HasSubstr(flags + R"({outcome="written"} 15)"));
  EXPECT_THAT(page, HasSubstr(flags + R"({outcome="unchanged"} 12)"));
  EXPECT_THAT(page, HasSubstr(flags + R"({outcome="newer"} 9)"));
  EXPECT_THAT(page, HasSubstr(flags + R"({outcome="missing"} 6)"));
  EXPECT_THAT(page, HasSubstr(flags + R"({outcome="failed"} 3)"));
}

TEST(OperationMetrics, OnlyCommittedChangesHaveBeenAcknowledged) {
  OperationMetrics metrics;
  metrics.change_finished(ChangeOutcome::in_force, 3ms);
  metrics.change_finished(ChangeOutcome::in_force, 3ms);
  metrics.change_finished(ChangeOutcome::pending, 1s);
  metrics.change_finished(ChangeOutcome::refused, 2s);
  metrics.change_finished(ChangeOutcome::failed, 2s);
  const auto page = page_of(metrics);
  EXPECT_THAT(page, HasSubstr("hearth_changes_total{outcome=\"in_force\"} 2\n"
                              "hearth_changes_total{outcome=\"pending\"} 1\n"
                              "hearth_changes_total{outcome=\"refused\"} 1\n"
                              "hearth_changes_total{outcome=\"failed\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("hearth_change_acknowledgement_seconds_sum 1.006\n"
                              "hearth_change_acknowledgement_seconds_count 3\n"));
}

TEST(TelemetryFanOut, TellsEverybodyEverything) {
  OperationMetrics metrics;
  test_support::RecordingTelemetry first;
  test_support::RecordingTelemetry second;
  application::TelemetryFanOut all({&first, &metrics, &second});
  all.warm_run_finished(report_of(WarmTrigger::manual));
  all.change_finished(ChangeOutcome::pending, 1ms);
  all.request_answered({"GET", "/livez", 200, 1ms});
  all.info("start", "Listening");
  all.warning("cache_write", "The cache is away");
  for (const auto* sink : {&first, &second}) {
    EXPECT_EQ(sink->runs().size(), 1U);
    EXPECT_THAT(sink->changes(), testing::ElementsAre(ChangeOutcome::pending));
    EXPECT_EQ(sink->requests().size(), 1U);
    EXPECT_EQ(sink->warnings().size(), 1U);
  }
  EXPECT_THAT(page_of(metrics), HasSubstr("hearth_changes_total{outcome=\"pending\"} 1\n"));
}

}  // namespace
}  // namespace hearth::adapters::telemetry
