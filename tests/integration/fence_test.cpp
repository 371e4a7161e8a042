// The races that the fence closes, forced on a real PostgreSQL and a real Redis, each beside the
// same race without the fence: if the control were green, the test would prove nothing.

#include <gmock/gmock.h>

#include "adapters/redis/redis_cache.hpp"
#include "application/cache_warmer.hpp"
#include "application/change_writer.hpp"
#include "application/flag_loader.hpp"
#include "integration/postgres_bench.hpp"
#include "support/eventually.hpp"
#include "support/interrupted_repository.hpp"
#include "support/look_up.hpp"
#include "support/manual_clock.hpp"
#include "support/plain_set_cache.hpp"
#include "support/recording_telemetry.hpp"
#include "support/redis_server.hpp"

namespace hearth::test_support {
namespace {

using application::CacheAdapter;
using application::CacheEntry;
using application::Task;
using application::WarmTrigger;
using application::WriteOutcome;
using domain::Flag;

const auto key = key_named("checkout");

class Fence : public testing::Test {
 protected:
  Fence() : url_(database_.create_database()) {
    adapters::postgres::migrate({.url = url_}).value();
    bench_.emplace(adapters::postgres::PostgresSettings{.url = url_});
    const auto endpoint = adapters::redis::parse_endpoint(server_.url()).value();
    const adapters::redis::ConnectionSettings settings;
    cache_.emplace(bench_->context.get_executor(), endpoint, settings, clock_, fleet_);
    plain_connection_.emplace(bench_->context.get_executor(), endpoint, settings,
                              std::vector<std::string>{});
    plain_cache_.emplace(*cache_, *plain_connection_);
    bench_->run(cache_->wait_until_connected(soon())).value();
    bench_->run(plain_connection_->wait_until_connected(soon())).value();
    repository_.emplace(bench_->repository);
    bench_->create(key.text()).value();
  }

  /// Switches the flag off and returns once the change is acknowledged as in force everywhere.
  Task<void> change() {
    application::ChangeAnnouncer announcer(bench_->context.get_executor(), *cache_, nullptr, fleet_,
                                           {});
    application::ChangeWriter writer(bench_->context.get_executor(), bench_->repository, *cache_,
                                     announcer, telemetry_, {});
    domain::FlagPatch patch;
    patch.enabled = false;
    auto update = [](application::FlagRepository& repository,
                     domain::FlagPatch how) -> Task<domain::Result<domain::FlagState>> {
      auto updated =
          co_await repository.update(production, key, std::move(how), std::nullopt, soon());
      if (!updated) co_return std::unexpected(updated.error());
      co_return domain::FlagState(std::move(*updated));
    };
    const auto committed =
        co_await writer.commit(production, key, update(bench_->repository, std::move(patch)));
    EXPECT_TRUE(committed.has_value() && committed->in_force);
  }

  /// The flag as a reader of Redis sees it.
  Flag cached() {
    return std::get<Flag>(
        bench_->run(test_support::look_up(*cache_, production, key, soon())).value());
  }

  /// A warm run reads the old version; the change is acknowledged; the warm run writes.
  application::WarmReport warm_across_a_change(CacheAdapter& cache) {
    application::CacheWarmer warmer(bench_->context.get_executor(), *repository_, cache, clock_,
                                    telemetry_, log_, {});
    repository_->interrupt_next_read([this] { return change(); });
    return bench_->run(warmer.warm_top_flags(production, 20, WarmTrigger::manual));
  }

  /// A lazy fill does the same.
  void fill_across_a_change(CacheAdapter& cache) {
    application::FlagLoader loader(bench_->context.get_executor(), *repository_, cache, statistics_,
                                   readiness_, {});
    repository_->interrupt_next_read([this] { return change(); });
    bench_->run(loader.load(production, key)).value();
    // The fill follows the answer; a second load waits for nothing of the first, so poll Redis.
    ASSERT_TRUE(eventually(std::chrono::seconds(5), [&] {
      bench_->context.restart();
      bench_->context.run_for(std::chrono::milliseconds(20));
      return !server_.command({"GET", adapters::redis::redis_key(production, key)}).is_nil();
    }));
  }

  PostgresServer database_;
  RedisServer server_;
  std::string url_;
  ManualClock clock_;
  application::FleetView fleet_{production, application::FleetView::Trust::unconditional};
  RecordingTelemetry telemetry_;
  application::WarmRunLog log_;
  application::CacheStatistics statistics_;
  application::Readiness readiness_;
  std::optional<PostgresBench> bench_;
  std::optional<adapters::redis::RedisCache> cache_;
  std::optional<adapters::redis::Connection> plain_connection_;
  std::optional<PlainSetCache> plain_cache_;
  std::optional<InterruptedRepository> repository_;
};

TEST_F(Fence, ChangeAcknowledgedDuringAWarmRunSurvivesIt) {
  const auto report = warm_across_a_change(*cache_);
  EXPECT_EQ(report.newer, 1U);
  EXPECT_EQ(report.written, 0U);
  EXPECT_FALSE(cached().enabled);
}

TEST_F(Fence, ControlPlainSetexLosesTheChangeToTheWarmRun) {
  warm_across_a_change(*plain_cache_);
  EXPECT_TRUE(cached().enabled) << "without the fence the old value must be back";
}

TEST_F(Fence, ChangeAcknowledgedDuringALazyFillSurvivesIt) {
  fill_across_a_change(*cache_);
  EXPECT_FALSE(cached().enabled);
}

TEST_F(Fence, ControlPlainSetexLosesTheChangeToALazyFill) {
  fill_across_a_change(*plain_cache_);
  EXPECT_TRUE(eventually(std::chrono::seconds(5), [&] {
    bench_->context.restart();
    bench_->context.run_for(std::chrono::milliseconds(20));
    return cached().enabled;
  })) << "without the fence the old value must be back";
}

/// A writer reads the old version and freezes; the change comes and its entry, fence included, is
/// evicted; the writer wakes and writes.
class FrozenWriter : public Fence {
 protected:
  WriteOutcome write_after_the_fence_died(std::chrono::milliseconds max_age) {
    auto snapshot = cache_->snapshot(production).value();
    snapshot.max_age = max_age;
    const auto found = bench_->find(key.text()).value();
    bench_->run(change());
    server_.run({"DEL", adapters::redis::redis_key(production, key)});
    EXPECT_TRUE(eventually(std::chrono::seconds(5), [&] {
      const auto time = server_.command({"TIME"});
      const auto now =
          std::stoll(time.elements[0].text) * 1000 + std::stoll(time.elements[1].text) / 1000;
      return now - snapshot.cache_time_ms > 100;
    }));
    std::vector<CacheEntry> entries;
    entries.push_back(CacheEntry{found.front(), std::chrono::seconds(300)});
    return bench_->run(cache_->set_many(production, std::move(entries), snapshot, soon()))
        .outcomes.front();
  }
};

TEST_F(FrozenWriter, IsRefusedWhenItsSnapshotIsTooOld) {
  EXPECT_EQ(write_after_the_fence_died(std::chrono::milliseconds(100)), WriteOutcome::too_old);
  EXPECT_TRUE(server_.command({"GET", adapters::redis::redis_key(production, key)}).is_nil());
}

TEST_F(FrozenWriter, ControlWithoutALimitOfAgePutsTheOldValueBack) {
  EXPECT_EQ(write_after_the_fence_died(std::chrono::hours(1)), WriteOutcome::written);
  EXPECT_TRUE(cached().enabled);
}

}  // namespace
}  // namespace hearth::test_support
