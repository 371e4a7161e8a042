// Changes that nobody brings to the cache (made by hand, or by a process that died) on a real
// PostgreSQL and a real Redis, each beside what happens when nobody follows the database.

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include "adapters/postgres/change_listener.hpp"
#include "adapters/postgres/connection.hpp"
#include "adapters/redis/flag_codec.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "application/no_change_signal.hpp"
#include "application/reconciler.hpp"
#include "integration/postgres_bench.hpp"
#include "support/eventually.hpp"
#include "support/look_up.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_telemetry.hpp"
#include "support/redis_server.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using adapters::postgres::ChangeListener;
using adapters::postgres::Connection;
using adapters::postgres::Effect;
using application::ChangeSignal;
using application::NoChangeSignal;
using application::Reconciler;
using application::Task;
using domain::Flag;
using domain::FlagState;
using domain::Tombstone;

/// Long enough for a busy machine; what is promised is seconds.
constexpr auto patience = 5s;

class SystemTime final : public application::Clock {
 public:
  [[nodiscard]] domain::Timestamp now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
  [[nodiscard]] std::chrono::nanoseconds since_boot() const override {
    return steady_now().time_since_epoch();
  }
};

class Reconciliation : public testing::Test {
 protected:
  Reconciliation() : url_(database_.create_database()) {
    adapters::postgres::migrate({.url = url_}).value();
    bench_.emplace(adapters::postgres::PostgresSettings{.url = url_});
    const auto endpoint = adapters::redis::parse_endpoint(redis_.url()).value();
    cache_.emplace(bench_->context.get_executor(), endpoint, adapters::redis::ConnectionSettings{},
                   clock_, fleet_);
    bench_->run(cache_->wait_until_connected(soon())).value();
    // Sweeps have tests of their own; they must not do the follower's work.
    settings_.sweep.interval = 1h;
    settings_.recent = 0ms;
  }

  /// Begins to follow in the background, and returns when the first round is over.
  Reconciler& follow(std::unique_ptr<ChangeSignal> signal) {
    auto announce = [this](domain::Environment, std::vector<FlagState> states) -> Task<void> {
      announced_ += states.size();
      co_return;
    };
    signals_.push_back(std::move(signal));
    Reconciler::Parts parts{bench_->repository, *cache_,  *signals_.back(), clock_,
                            telemetry_,         announce, nullptr,          production};
    reconcilers_.push_back(
        std::make_unique<Reconciler>(bench_->context.get_executor(), parts, settings_));
    auto& reconciler = *reconcilers_.back();
    bench_->run(reconciler.run_round());
    boost::asio::co_spawn(bench_->context, reconciler.run(), boost::asio::detached);
    announced_ = 0;
    return reconciler;
  }
  std::unique_ptr<ChangeSignal> without_hints() {
    return std::make_unique<NoChangeSignal>(bench_->context.get_executor());
  }
  std::unique_ptr<ChangeSignal> with_hints() {
    return std::make_unique<ChangeListener>(bench_->context.get_executor(),
                                            adapters::postgres::PostgresSettings{.url = url_});
  }

  /// Lets the background go on until `predicate` holds.
  template <class Predicate>
  bool soon_true(Predicate predicate, std::chrono::milliseconds limit = patience) {
    return eventually(limit, [&] {
      bench_->context.restart();
      bench_->context.run_for(5ms);
      return predicate();
    });
  }
  application::CacheLookup cached(const std::string& key) {
    return bench_->run(test_support::look_up(*cache_, production, key_named(key), soon())).value();
  }
  std::optional<int> cached_rollout(const std::string& key) {
    const auto lookup = cached(key);
    const auto* flag = std::get_if<Flag>(&lookup);
    if (flag == nullptr) return std::nullopt;
    return flag->rollout_percentage;
  }
  bool rollout_becomes(const std::string& key, int rollout) {
    return soon_true([&] { return cached_rollout(key) == rollout; });
  }
  /// Puts what the database holds into the cache, as a reader would.
  void fill(const std::string& key) {
    auto snapshot = cache_->snapshot(production).value();
    const auto states = bench_->find(key).value();
    std::vector<application::CacheEntry> entries;
    for (const auto& state : states) entries.push_back({state, 300s});
    bench_->run(cache_->set_many(production, std::move(entries), snapshot, soon()));
  }
  void set_rollout_by_hand(const std::string& key, int rollout) {
    execute(url_, "UPDATE feature_flags SET rollout_percentage = " + std::to_string(rollout) +
                      " WHERE flag_key = '" + key + "'");
  }
  std::size_t listeners() {
    return std::stoul(execute(url_,
                              "SELECT count(*) FROM pg_stat_activity "
                              "WHERE datname = current_database() AND query LIKE 'LISTEN%'")[0][0]);
  }

  PostgresServer database_;
  RedisServer redis_;
  std::string url_;
  SystemTime clock_;
  application::FleetView fleet_{production, application::FleetView::Trust::unconditional};
  RecordingTelemetry telemetry_;
  Reconciler::Settings settings_;
  std::optional<PostgresBench> bench_;
  std::optional<adapters::redis::RedisCache> cache_;
  std::vector<std::unique_ptr<ChangeSignal>> signals_;
  std::vector<std::unique_ptr<Reconciler>> reconcilers_;
  std::size_t announced_ = 0;
};

TEST_F(Reconciliation, ChangesMadeByHandArriveWithoutAHint) {
  bench_->create("a").value();
  bench_->create("b").value();
  fill("a");
  fill("b");
  follow(without_hints());
  execute(url_,
          "BEGIN;"
          "INSERT INTO feature_flags (flag_key, environment, rollout_percentage)"
          " VALUES ('c', 'production', 3);"
          "UPDATE feature_flags SET rollout_percentage = 7 WHERE flag_key = 'a';"
          "DELETE FROM feature_flags WHERE flag_key = 'b';"
          "COMMIT");
  EXPECT_TRUE(rollout_becomes("a", 7));
  EXPECT_TRUE(rollout_becomes("c", 3));
  EXPECT_TRUE(soon_true([&] { return std::holds_alternative<Tombstone>(cached("b")); }));
  EXPECT_EQ(announced_, 3u);
}

TEST_F(Reconciliation, ControlWithoutAFollowerTheOldValueStays) {
  bench_->create("a").value();
  fill("a");
  set_rollout_by_hand("a", 7);
  EXPECT_FALSE(soon_true([&] { return cached_rollout("a") == 7; }, 2s));
}

TEST_F(Reconciliation, HintBringsAChangeLongBeforeTheNextPoll) {
  settings_.interval = 1h;
  bench_->create("a").value();
  fill("a");
  follow(with_hints());
  ASSERT_TRUE(soon_true([&] { return listeners() == 1; }));
  for (int rollout = 1; rollout <= 3; ++rollout) {
    const auto begun = std::chrono::steady_clock::now();
    set_rollout_by_hand("a", rollout);
    EXPECT_TRUE(rollout_becomes("a", rollout));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begun);
    RecordProperty("milliseconds_" + std::to_string(rollout), std::to_string(took.count()));
  }
}

TEST_F(Reconciliation, ControlWithoutAHintItWaitsForTheNextPoll) {
  settings_.interval = 1h;
  bench_->create("a").value();
  fill("a");
  follow(without_hints());
  set_rollout_by_hand("a", 6);
  EXPECT_TRUE(rollout_becomes("a", 6)) << "the round with which following begins";
  set_rollout_by_hand("a", 7);
  EXPECT_FALSE(soon_true([&] { return cached_rollout("a") == 7; }, 2s));
}

TEST_F(Reconciliation, ChangeWhileTheListenerIsGoneArrivesWhenItIsBack) {
  settings_.interval = 1h;  // so that only hints start rounds
  bench_->create("a").value();
  fill("a");
  follow(with_hints());
  ASSERT_TRUE(soon_true([&] { return listeners() == 1; }));
  execute(url_,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
          "WHERE datname = current_database() AND query LIKE 'LISTEN%'");
  set_rollout_by_hand("a", 7);  // nobody listens: this notification is lost
  EXPECT_TRUE(rollout_becomes("a", 7)) << "it hints once when it is back";
  set_rollout_by_hand("a", 8);
  EXPECT_TRUE(rollout_becomes("a", 8)) << "and hears again";
}

TEST_F(Reconciliation, PollingAloneIsEnoughWhenNotificationsAreNeverHeard) {
  execute(url_, "ALTER TABLE feature_flags DISABLE TRIGGER feature_flags_after_write");
  bench_->create("a").value();
  fill("a");
  follow(with_hints());
  set_rollout_by_hand("a", 7);
  EXPECT_TRUE(rollout_becomes("a", 7));
}

TEST_F(Reconciliation, ProcessThatDiedBetweenCommitAndCacheWriteIsMadeGood) {
  bench_->create("a").value();
  fill("a");
  follow(without_hints());
  domain::FlagPatch patch;
  patch.rollout_percentage = 7;
  bench_->run(bench_->repository.update(production, key_named("a"), patch, std::nullopt, soon()))
      .value();
  EXPECT_TRUE(rollout_becomes("a", 7));
}

TEST_F(Reconciliation, ChangeBeforeTheStartIsMadeGood) {
  bench_->create("a").value();
  fill("a");
  set_rollout_by_hand("a", 7);  // and the whole fleet dies
  follow(without_hints());
  EXPECT_EQ(cached_rollout("a"), 7);
}

TEST_F(Reconciliation, SweepReplacesAnOldValueThatCameBack) {
  settings_.sweep.interval = 500ms;
  const auto old = bench_->create("a").value();
  set_rollout_by_hand("a", 7);
  fill("a");
  follow(without_hints());
  redis_.run({"SETEX", adapters::redis::redis_key(production, key_named("a")), "300",
              adapters::redis::encode(old, clock_.now() + 300s)});
  EXPECT_TRUE(rollout_becomes("a", 7));
}

TEST_F(Reconciliation, OldValueOfARecentChangeIsReplacedSoonAfterTheStart) {
  settings_.recent = 40s;
  const auto old = bench_->create("a").value();
  set_rollout_by_hand("a", 7);
  follow(without_hints());
  EXPECT_EQ(cached_rollout("a"), std::nullopt) << "a start fills no cache with the past";
  redis_.run({"SETEX", adapters::redis::redis_key(production, key_named("a")), "300",
              adapters::redis::encode(old, clock_.now() + 300s)});
  EXPECT_TRUE(rollout_becomes("a", 7));
}

TEST_F(Reconciliation, ControlWithoutTheSweepTheOldValueStays) {
  const auto old = bench_->create("a").value();
  set_rollout_by_hand("a", 7);
  fill("a");
  follow(without_hints());
  redis_.run({"SETEX", adapters::redis::redis_key(production, key_named("a")), "300",
              adapters::redis::encode(old, clock_.now() + 300s)});
  EXPECT_FALSE(soon_true([&] { return cached_rollout("a") == 7; }, 2s));
}

TEST_F(Reconciliation, OfManyProcessesOneWritesAndAnnounces) {
  bench_->create("a").value();
  fill("a");
  for (int i = 0; i < 5; ++i) follow(with_hints());
  ASSERT_TRUE(soon_true([&] { return listeners() == 5; }));
  set_rollout_by_hand("a", 7);
  EXPECT_TRUE(rollout_becomes("a", 7));
  set_rollout_by_hand("a", 8);
  EXPECT_TRUE(rollout_becomes("a", 8));
  EXPECT_EQ(announced_, 2u);
}

TEST_F(Reconciliation, RedisThatIsAwayGetsTheChangeWhenItIsBack) {
  bench_->create("a").value();
  follow(with_hints());
  redis_.stop();
  set_rollout_by_hand("a", 7);
  EXPECT_TRUE(soon_true([&] { return !telemetry_.warnings().empty(); }));
  redis_.start();
  EXPECT_TRUE(soon_true([&] {
    const auto found =
        bench_->run(test_support::look_up(*cache_, production, key_named("a"), soon()));
    const auto* flag = found ? std::get_if<Flag>(&*found) : nullptr;
    return flag != nullptr && flag->rollout_percentage == 7;
  }));
  EXPECT_EQ(telemetry_.warnings().size(), 1u);
}

/// Two transactions change a flag each; the one with the greater version commits first.
class CrossedCommits : public Reconciliation {
 protected:
  CrossedCommits() {
    for (const auto* key : {"slow", "quick", "c", "d", "e"}) {
      bench_->create(key).value();
      fill(key);
    }
  }

  /// Nothing is read a second time, however long the test takes.
  void follow_without_overlap() {
    settings_.follow.overlap = 0ms;
    settings_.follow.again_every = 1h;
    follow(with_hints());
  }

  std::unique_ptr<Connection> begin_with(const char* update) {
    const auto options = adapters::postgres::ConnectionOptions::parse({.url = url_}).value();
    auto connection =
        bench_->run(Connection::open(bench_->context.get_executor(), options, soon())).value();
    EXPECT_TRUE(bench_->run(connection->command("BEGIN", Effect::reads, soon())).has_value());
    EXPECT_TRUE(bench_->run(connection->command(update, Effect::reads, soon())).has_value());
    return connection;
  }
  void commit(Connection& connection) {
    EXPECT_TRUE(bench_->run(connection.command("COMMIT", Effect::changes, soon())).has_value());
  }

  /// Both begin, "quick" commits and arrives, rounds go by, "slow" commits.
  void commit_crosswise() {
    auto slow =
        begin_with("UPDATE feature_flags SET rollout_percentage = 7 WHERE flag_key = 'slow'");
    auto quick =
        begin_with("UPDATE feature_flags SET rollout_percentage = 7 WHERE flag_key = 'quick'");
    commit(*quick);
    EXPECT_TRUE(rollout_becomes("quick", 7));
    for (const auto* key : {"c", "d"}) {
      set_rollout_by_hand(key, 7);
      EXPECT_TRUE(rollout_becomes(key, 7));
    }
    const auto newest = std::get<Flag>(bench_->find("d").value().front()).version;
    EXPECT_EQ(cached_rollout("slow"), 100);
    commit(*slow);
    EXPECT_TRUE(bench_->run(bench_->repository.find_changed(newest, 100, soon())).value().empty())
        << "control: what is greater than the last version seen does not have it";
  }
};

TEST_F(CrossedCommits, LoseNothing) {
  follow(with_hints());
  commit_crosswise();
  EXPECT_TRUE(rollout_becomes("slow", 7));
}

TEST_F(CrossedCommits, ControlWithoutAnOverlapTheSlowOneIsLost) {
  follow_without_overlap();
  commit_crosswise();
  set_rollout_by_hand("e", 7);
  EXPECT_TRUE(rollout_becomes("e", 7));
  EXPECT_EQ(cached_rollout("slow"), 100);
}

TEST_F(CrossedCommits, SweepFindsWhatTookLongerThanTheOverlap) {
  settings_.sweep.interval = 500ms;
  follow_without_overlap();
  commit_crosswise();
  EXPECT_TRUE(rollout_becomes("slow", 7));
}

}  // namespace
}  // namespace hearth::test_support
