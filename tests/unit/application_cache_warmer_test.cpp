#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "application/cache_warmer.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_cache.hpp"
#include "support/recording_telemetry.hpp"
#include "support/run_task.hpp"
#include "support/scripted_repository.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::Flag;
using domain::FlagKey;
using domain::FlagState;
using domain::Tombstone;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::run_task;
using test_support::sample_flag;
using testing::ElementsAre;
using testing::HasSubstr;

class CacheWarmerTest : public testing::Test {
 protected:
  CacheWarmerTest() {
    repository_.on_hottest = [this](HeatQuery query) {
      asked_ = query;
      clock_.advance(milliseconds(7));
      return std::vector<Flag>{sample_flag("a", 1), sample_flag("b", 2), sample_flag("c", 3)};
    };
    repository_.on_find_many = [](const std::vector<FlagKey>& keys) {
      std::vector<FlagState> states;
      for (const auto& key : keys) {
        if (key.text().starts_with("deleted")) states.emplace_back(Tombstone{key, 8});
        if (key.text().starts_with("flag")) states.emplace_back(sample_flag(key.text(), 5));
      }
      return states;
    };
  }

  CacheWarmer warmer_with(CacheWarmer::Settings settings) {
    return {context_.get_executor(), repository_, cache_, clock_, telemetry_, log_, settings};
  }
  WarmReport warm_top(CacheWarmer& warmer, std::size_t count = 20,
                      WarmTrigger trigger = WarmTrigger::manual) {
    return run_task(context_, warmer.warm_top_flags(production_, count, trigger));
  }
  WarmReport warm_named(std::vector<FlagKey> keys) {
    return run_task(context_,
                    warmer_.warm_flags(production_, std::move(keys), WarmTrigger::deployment));
  }

  const domain::Environment production_ = test_support::environment("production");
  boost::asio::io_context context_;
  test_support::Events events_;
  test_support::ScriptedRepository repository_{events_};
  test_support::RecordingCache cache_{events_};
  test_support::ManualClock clock_;
  test_support::RecordingTelemetry telemetry_;
  WarmRunLog log_;
  CacheWarmer warmer_ = warmer_with({});
  HeatQuery asked_{};
};

TEST_F(CacheWarmerTest, TopFlagsAreWrittenInOneQueryAndOneWrite) {
  const auto report = warm_top(warmer_);
  EXPECT_THAT(events_,
              ElementsAre("cache.snapshot", "repository.stream_hottest", "cache.set_many"));
  EXPECT_EQ(report.requested, 3u);
  EXPECT_EQ(report.written, 3u);
  EXPECT_EQ(report.warmed(), 3u);
  EXPECT_EQ(report.missing, 0u);
  EXPECT_FALSE(report.error);
  const auto& write = cache_.writes.at(0);
  EXPECT_EQ(write.environment, production_);
  ASSERT_EQ(write.entries.size(), 3u);
  EXPECT_EQ(write.entries[1].state, FlagState(sample_flag("b", 2)));
  EXPECT_EQ(write.entries[1].ttl, seconds(300));
}

TEST_F(CacheWarmerTest, TopFlagsPassLimitAndChoiceOn) {
  warm_top(warmer_, 7);
  EXPECT_EQ(asked_.limit, 7u);
  EXPECT_FALSE(asked_.include_disabled);
  auto with_disabled = warmer_with({.lifetimes = {}, .include_disabled = true});
  warm_top(with_disabled, 123);
  EXPECT_EQ(asked_.limit, 123u);
  EXPECT_TRUE(asked_.include_disabled);
}

TEST_F(CacheWarmerTest, SnapshotIsTakenBeforeTheQuery) {
  cache_.cache_time_ms = 50;
  repository_.on_hottest = [this](HeatQuery) {
    cache_.cache_time_ms = 60'000;
    return std::vector<Flag>{sample_flag("a")};
  };
  auto warmer = warmer_with({.lifetimes = {.known = seconds(10)}});
  warm_top(warmer);
  EXPECT_EQ(cache_.writes.at(0).snapshot.cache_time_ms, 50);
  EXPECT_EQ(cache_.writes.at(0).snapshot.max_age, seconds(5));
  EXPECT_EQ(cache_.writes.at(0).entries.at(0).ttl, seconds(10));
}

TEST_F(CacheWarmerTest, RunIsRecordedAndTold) {
  const auto report = warm_top(warmer_, 20, WarmTrigger::scheduled);
  EXPECT_EQ(report.id.size(), 16u);
  EXPECT_EQ(report.trigger, WarmTrigger::scheduled);
  EXPECT_EQ(report.environment, production_);
  EXPECT_EQ(report.started_at, test_support::ManualClock().now());
  EXPECT_EQ(report.query_duration, milliseconds(7));
  EXPECT_EQ(report.pipeline_duration, milliseconds(0));
  EXPECT_EQ(report.duration, milliseconds(7));
  ASSERT_TRUE(log_.find(report.id));
  EXPECT_EQ(log_.find(report.id)->written, 3u);
  ASSERT_EQ(telemetry_.runs().size(), 1u);
  EXPECT_EQ(telemetry_.runs()[0].id, report.id);
  EXPECT_EQ(telemetry_.runs()[0].duration, report.duration);
  EXPECT_NE(warm_top(warmer_).id, report.id);
}

TEST_F(CacheWarmerTest, NamedFlagsCountOnceAndMissingOnesAreTold) {
  const auto report = warm_named({flag_key("flag-1"), flag_key("deleted-1"), flag_key("flag-2"),
                                  flag_key("flag-1"), flag_key("nobody")});
  EXPECT_EQ(report.requested, 4u);
  EXPECT_EQ(report.missing, 2u);
  EXPECT_EQ(report.written, 2u);
  EXPECT_EQ(report.failed, 0u);
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.trigger, WarmTrigger::deployment);
  EXPECT_EQ(cache_.writes.at(0).entries.size(), 2u);
}

TEST_F(CacheWarmerTest, NamedFlagsThatAllAreMissing) {
  const auto report = warm_named({flag_key("nobody")});
  EXPECT_EQ(report.missing, 1u);
  EXPECT_EQ(report.warmed(), 0u);
  EXPECT_FALSE(report.error);
}

TEST_F(CacheWarmerTest, EachOutcomeHasItsCount) {
  cache_.outcome = [](const CacheEntry& entry) {
    const auto key = domain::key_of(entry.state).text();
    if (key == "a") return WriteOutcome::unchanged;
    if (key == "b") return WriteOutcome::newer_present;
    return WriteOutcome::too_old;
  };
  const auto report = warm_top(warmer_);
  EXPECT_EQ(report.written, 0u);
  EXPECT_EQ(report.unchanged, 1u);
  EXPECT_EQ(report.newer, 1u);
  EXPECT_EQ(report.failed, 1u);
  EXPECT_EQ(report.warmed(), 2u);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->code, ErrorCode::deadline_exceeded);
}

TEST_F(CacheWarmerTest, CacheThatIsAwayCostsNoQuery) {
  cache_.away = Error{ErrorCode::unavailable, "the cache is away"};
  const auto report = warm_top(warmer_);
  EXPECT_THAT(events_, ElementsAre("cache.snapshot"));
  EXPECT_EQ(report.warmed(), 0u);
  EXPECT_EQ(report.error, cache_.away);
  EXPECT_TRUE(log_.find(report.id)->error);
  const auto named = warm_named({flag_key("flag-1"), flag_key("flag-2")});
  EXPECT_EQ(named.failed, 2u);
  EXPECT_EQ(named.error, cache_.away);
}

TEST_F(CacheWarmerTest, CacheThatFailsWhileWritingIsReported) {
  cache_.write_error = Error{ErrorCode::unavailable, "the cache went away"};
  const auto report = warm_top(warmer_);
  EXPECT_EQ(report.failed, 3u);
  EXPECT_EQ(report.warmed(), 0u);
  EXPECT_EQ(report.error, cache_.write_error);
}

TEST_F(CacheWarmerTest, RepositoryThatFailsIsReported) {
  const Error away{ErrorCode::unavailable, "the database is away"};
  repository_.on_hottest = [&](HeatQuery) { return std::unexpected(away); };
  repository_.on_find_many = [&](const auto&) { return std::unexpected(away); };
  const auto report = warm_top(warmer_);
  EXPECT_EQ(report.error, away);
  EXPECT_EQ(report.warmed(), 0u);
  const auto named = warm_named({flag_key("flag-1"), flag_key("flag-2")});
  EXPECT_EQ(named.error, away);
  EXPECT_EQ(named.failed, 2u);
  EXPECT_TRUE(cache_.writes.empty());
  EXPECT_EQ(log_.recent().size(), 2u);
}

TEST_F(CacheWarmerTest, NeverThrows) {
  repository_.on_hottest = [](HeatQuery) -> test_support::ScriptedRepository::Flags {
    throw std::bad_alloc();
  };
  repository_.on_find_many = [](const auto&) -> test_support::ScriptedRepository::States {
    throw std::runtime_error("this should not happen");
  };
  WarmReport top{.id = "", .environment = production_, .error = std::nullopt};
  EXPECT_NO_THROW(top = warm_top(warmer_));
  ASSERT_TRUE(top.error);
  EXPECT_EQ(top.error->code, ErrorCode::internal);
  WarmReport named{.id = "", .environment = production_, .error = std::nullopt};
  EXPECT_NO_THROW(named = warm_named({flag_key("flag-1")}));
  ASSERT_TRUE(named.error);
  EXPECT_THAT(named.error->message, HasSubstr("this should not happen"));
  EXPECT_EQ(log_.recent().size(), 2u);
  EXPECT_EQ(telemetry_.runs().size(), 2u);
}

TEST_F(CacheWarmerTest, ColdStartHasItsOwnDeadline) {
  auto warmer = warmer_with({.lifetimes = {},
                             .cold_start_timeout = milliseconds(1'000),
                             .run_timeout = milliseconds(60'000)});
  for (const auto trigger :
       {WarmTrigger::cold_start, WarmTrigger::deployment, WarmTrigger::scheduled,
        WarmTrigger::manual, WarmTrigger::refresh, WarmTrigger::recovery}) {
    const auto before = std::chrono::steady_clock::now();
    warm_top(warmer, 20, trigger);
    const auto after = std::chrono::steady_clock::now();
    const milliseconds allowed(trigger == WarmTrigger::cold_start ? 1'000 : 60'000);
    EXPECT_GE(repository_.deadlines.back(), before + allowed) << name_of(trigger);
    EXPECT_LE(repository_.deadlines.back(), after + allowed) << name_of(trigger);
    EXPECT_EQ(cache_.writes.back().deadline, repository_.deadlines.back());
  }
}

TEST_F(CacheWarmerTest, ReportSamplesWhatIsFreshNow) {
  EXPECT_THAT(warm_top(warmer_).sample, ElementsAre(flag_key("a"), flag_key("b"), flag_key("c")));
  cache_.write_error = Error{ErrorCode::unavailable, "away"};
  EXPECT_TRUE(warm_top(warmer_).sample.empty()) << "nothing is known to be there";
}

TEST_F(CacheWarmerTest, SampleOfALargeRunIsSmallAndSpreadOverIt) {
  repository_.on_hottest = [](HeatQuery) {
    std::vector<Flag> flags;
    for (int i = 0; i < 1000; ++i) flags.push_back(sample_flag("flag-" + std::to_string(i)));
    return flags;
  };
  const auto sample = warm_top(warmer_, 1000).sample;
  ASSERT_EQ(sample.size(), WarmReport::most_sampled);
  EXPECT_EQ(sample.front(), flag_key("flag-0"));
  EXPECT_EQ(sample.back(), flag_key("flag-968"));
}

TEST_F(CacheWarmerTest, WhatIsWarmedBesideIsWrittenButNotSampled) {
  const auto report = run_task(
      context_, warmer_.warm_top_flags(production_, 2, WarmTrigger::recovery, /*beside=*/5));
  EXPECT_EQ(asked_.limit, 7U);
  EXPECT_EQ(report.written, 3U);
  EXPECT_THAT(report.sample, ElementsAre(flag_key("a"), flag_key("b")));
}

TEST_F(CacheWarmerTest, LargeRunIsOneQueryAndAWriteABatch) {
  auto warmer = warmer_with({.lifetimes = {}, .batch = 2, .writes_at_once = 1});
  const auto report = warm_top(warmer);
  EXPECT_THAT(events_, ElementsAre("cache.snapshot", "repository.stream_hottest", "cache.set_many",
                                   "cache.set_many"));
  EXPECT_EQ(report.requested, 3u);
  EXPECT_EQ(report.written, 3u);
  EXPECT_THAT(report.sample, ElementsAre(flag_key("a"), flag_key("b"), flag_key("c")));
  EXPECT_EQ(cache_.writes.at(1).entries.at(0).state, FlagState(sample_flag("c", 3)));
}

TEST_F(CacheWarmerTest, EveryWriteOfARunCarriesTheSnapshotFromBeforeTheQuery) {
  cache_.cache_time_ms = 50;
  cache_.outcome = [this](const auto&) {
    cache_.cache_time_ms += 1'000;
    return WriteOutcome::written;
  };
  auto warmer = warmer_with({.lifetimes = {}, .batch = 1, .writes_at_once = 1});
  warm_top(warmer);
  ASSERT_EQ(cache_.writes.size(), 3u);
  for (const auto& write : cache_.writes) EXPECT_EQ(write.snapshot.cache_time_ms, 50);
}

TEST_F(CacheWarmerTest, QueryThatBreaksOffLeavesWhatWasWrittenAndSaysHowMuch) {
  repository_.hottest_breaks = Error{ErrorCode::unavailable, "the database went away"};
  auto warmer = warmer_with({.lifetimes = {}, .batch = 2});
  const auto report = warm_top(warmer);
  EXPECT_EQ(report.requested, 3u);
  EXPECT_EQ(report.written, 3u);
  EXPECT_EQ(report.failed, 0u);
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->code, ErrorCode::unavailable);
  EXPECT_THAT(report.error->message, HasSubstr("the database went away; it had given 3 flags"));
  EXPECT_TRUE(report.sample.empty()) << "the run is no proof of warmth";
  EXPECT_TRUE(report.database_failed);
}

TEST_F(CacheWarmerTest, CacheThatFailsInTheMiddleEndsTheQuery) {
  const Error away{ErrorCode::unavailable, "the cache went away"};
  cache_.outcome = [&](const auto&) {
    cache_.write_error = away;  // from the next write on
    return WriteOutcome::written;
  };
  auto warmer = warmer_with({.lifetimes = {}, .batch = 1, .writes_at_once = 1});
  const auto report = warm_top(warmer);
  EXPECT_EQ(cache_.writes.size(), 2u) << "the third could not fare better";
  EXPECT_EQ(report.written, 1u);
  EXPECT_EQ(report.failed, report.requested - 1);
  EXPECT_EQ(report.error, away);
  EXPECT_FALSE(report.database_failed);
}

TEST_F(CacheWarmerTest, NamedFlagsAreWrittenInBatchesToo) {
  auto warmer = warmer_with({.lifetimes = {}, .batch = 2, .writes_at_once = 1});
  std::vector<FlagKey> keys{flag_key("flag-1"), flag_key("flag-2"), flag_key("flag-3"),
                            flag_key("deleted-1")};
  const auto report = run_task(context_, warmer.warm_flags(production_, keys, WarmTrigger::manual));
  EXPECT_EQ(cache_.writes.size(), 2u);
  EXPECT_EQ(report.written, 3u);
  EXPECT_EQ(report.missing, 1u);
}

TEST_F(CacheWarmerTest, NamedFlagsThatWereNotWrittenAfterAFailureCountAsFailed) {
  cache_.write_error = Error{ErrorCode::unavailable, "the cache went away"};
  auto warmer = warmer_with({.lifetimes = {}, .batch = 1, .writes_at_once = 1});
  std::vector<FlagKey> keys{flag_key("flag-1"), flag_key("flag-2"), flag_key("flag-3"),
                            flag_key("flag-4"), flag_key("nobody")};
  const auto report = run_task(context_, warmer.warm_flags(production_, keys, WarmTrigger::manual));
  EXPECT_EQ(report.failed, 4u);
  EXPECT_EQ(report.missing, 1u);
}

}  // namespace
}  // namespace hearth::application
