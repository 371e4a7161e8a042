#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "application/flag_loader.hpp"
#include "support/flags.hpp"
#include "support/held_repository.hpp"
#include "support/recording_cache.hpp"
#include "support/start_task.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::FlagKey;
using domain::FlagState;
using domain::Tombstone;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::HeldRepository;
using test_support::Pending;
using test_support::run_ready;
using test_support::sample_flag;
using test_support::start_task;
using testing::ElementsAre;

using Loaded = domain::Result<FlagState>;
using States = std::vector<FlagState>;

class FlagLoaderTest : public testing::Test {
 protected:
  Pending<Loaded> load(const std::string& key, const std::string& environment = "production") {
    return start_task(context_,
                      loader_.load(test_support::environment(environment), flag_key(key)));
  }
  void answer(std::size_t query, HeldRepository::States states) {
    repository_.answer(query, std::move(states));
    run_ready(context_);
  }
  FlagLoader loader_with(FlagLoader::Settings settings) {
    return {context_.get_executor(), repository_, cache_, statistics_, readiness_, settings};
  }

  boost::asio::io_context context_;
  test_support::Events events_;
  HeldRepository repository_{events_};
  test_support::RecordingCache cache_{events_};
  CacheStatistics statistics_;
  Readiness readiness_;
  FlagLoader loader_ = loader_with({});
};

/// What must not be: a single flight in which a read joins a query that is under way.
class NaiveSingleFlight {
 public:
  explicit NaiveSingleFlight(FlagRepository& repository) : repository_(repository) {}

  Task<Loaded> load(domain::Environment environment, FlagKey key) {
    if (!waiting_.contains(key)) {
      waiting_[key];
      boost::asio::co_spawn(co_await boost::asio::this_coro::executor, query(environment, key),
                            boost::asio::detached);
    }
    auto wait = [&](Resume<Loaded> resume) { waiting_[key].push_back(std::move(resume)); };
    co_return co_await await_callback<Loaded>(wait);
  }

 private:
  Task<void> query(domain::Environment environment, FlagKey key) {
    std::vector<FlagKey> keys{key};
    auto found = co_await repository_.find_many(environment, keys, deadline_in(seconds(1)));
    auto waiters = std::move(waiting_.extract(key).mapped());
    for (auto& resume : waiters) resume(found->front());
  }

  FlagRepository& repository_;
  std::map<FlagKey, std::vector<Resume<Loaded>>> waiting_;
};

/// A read begins while a query for its key is under way that has read version 1 already; then the
/// flag changes to version 2. The version that the read returns.
template <class Load>
domain::Version version_seen_by_the_late_read(boost::asio::io_context& context,
                                              HeldRepository& repository, Load load) {
  const auto early = start_task(context, load());
  const auto late = start_task(context, load());
  repository.answer(0, States{sample_flag("a", 1)});
  run_ready(context);
  if (repository.under_way() > 0) repository.answer(1, States{sample_flag("a", 2)});
  run_ready(context);
  EXPECT_EQ(domain::version_of(early->value().value()), 1u);
  return domain::version_of(late->value().value());
}

TEST_F(FlagLoaderTest, LateReadDoesNotGetTheAnswerOfAQueryUnderWay) {
  const auto load = [this] {
    return loader_.load(test_support::environment("production"), flag_key("a"));
  };
  EXPECT_EQ(version_seen_by_the_late_read(context_, repository_, load), 2u);
}

TEST_F(FlagLoaderTest, ControlNaiveSingleFlightGivesTheOldAnswer) {
  NaiveSingleFlight naive(repository_);
  const auto load = [&naive] {
    return naive.load(test_support::environment("production"), flag_key("a"));
  };
  EXPECT_EQ(version_seen_by_the_late_read(context_, repository_, load), 1u);
}

TEST_F(FlagLoaderTest, AnswersTheFlag) {
  const auto loaded = load("a");
  ASSERT_EQ(repository_.queries.size(), 1u);
  EXPECT_EQ(repository_.queries[0].environment, test_support::environment("production"));
  EXPECT_THAT(repository_.queries[0].keys, ElementsAre(flag_key("a")));
  EXPECT_FALSE(*loaded);
  answer(0, States{sample_flag("a", 5)});
  EXPECT_EQ(loaded->value(), Loaded(sample_flag("a", 5)));
}

TEST_F(FlagLoaderTest, AnswersTheTombstoneOfADeletedFlag) {
  const auto loaded = load("a");
  answer(0, States{Tombstone{flag_key("a"), 9}});
  EXPECT_EQ(loaded->value(), Loaded(Tombstone{flag_key("a"), 9}));
  ASSERT_EQ(cache_.writes.size(), 1u);
  EXPECT_EQ(cache_.writes[0].entries[0].ttl, seconds(300));
}

TEST_F(FlagLoaderTest, ManyConcurrentLoadsNeedAHandfulOfQueries) {
  std::vector<Pending<Loaded>> loads;
  for (int i = 0; i < 1000; ++i) loads.push_back(load("flag-" + std::to_string(i % 50)));
  EXPECT_EQ(repository_.under_way(), 2u);
  for (std::size_t query = 0; query < repository_.queries.size(); ++query) {
    States states;
    for (const auto& key : repository_.queries[query].keys) {
      states.emplace_back(sample_flag(key.text(), 3));
    }
    answer(query, std::move(states));
    ASSERT_LE(repository_.under_way(), 2u);
  }
  EXPECT_LE(repository_.queries.size(), 4u);
  for (std::size_t i = 0; i < loads.size(); ++i) {
    ASSERT_TRUE(*loads[i]) << i;
    EXPECT_EQ(loads[i]->value(), Loaded(sample_flag("flag-" + std::to_string(i % 50), 3)));
  }
  EXPECT_EQ(statistics_.database_reads(), repository_.queries.size());
}

TEST_F(FlagLoaderTest, EnvironmentsAreAskedForApart) {
  const auto production = load("a", "production");
  const auto staging = load("a", "staging");
  ASSERT_EQ(repository_.queries.size(), 2u);
  EXPECT_EQ(repository_.queries[1].environment, test_support::environment("staging"));
  answer(1, States{sample_flag("a", 2)});
  EXPECT_FALSE(*production);
  EXPECT_EQ(domain::version_of(staging->value().value()), 2u);
  EXPECT_EQ(cache_.writes.at(0).environment, test_support::environment("staging"));
}

TEST_F(FlagLoaderTest, UnknownKeyIsATombstoneOfVersionZeroForFifteenSeconds) {
  const auto loaded = load("nobody");
  answer(0, States{});
  EXPECT_EQ(loaded->value(), Loaded(Tombstone{flag_key("nobody"), 0}));
  ASSERT_EQ(cache_.writes.size(), 1u);
  ASSERT_EQ(cache_.writes[0].entries.size(), 1u);
  EXPECT_EQ(cache_.writes[0].entries[0].state, FlagState(Tombstone{flag_key("nobody"), 0}));
  EXPECT_EQ(cache_.writes[0].entries[0].ttl, seconds(15));
}

TEST_F(FlagLoaderTest, UnknownKeysAreRememberedUpToTheBudgetOnly) {
  auto loader = loader_with({.lifetimes = {}, .most_unknown_keys = 3});
  const auto environment = test_support::environment("production");
  std::vector<Pending<Loaded>> loads;
  for (int i = 0; i < 10; ++i) {
    loads.push_back(
        start_task(context_, loader.load(environment, flag_key("made-up-" + std::to_string(i)))));
  }
  for (std::size_t query = 0; query < repository_.queries.size(); ++query) answer(query, States{});
  std::size_t remembered = 0;
  for (const auto& write : cache_.writes) remembered += write.entries.size();
  EXPECT_EQ(remembered, 3u);
  for (const auto& loaded : loads) {
    ASSERT_TRUE(*loaded);
    EXPECT_EQ(domain::version_of(loaded->value().value()), 0u);
  }
}

TEST_F(FlagLoaderTest, KnownKeysNeedNoBudget) {
  auto loader = loader_with({.lifetimes = {}, .most_unknown_keys = 0});
  const auto loaded =
      start_task(context_, loader.load(test_support::environment("production"), flag_key("a")));
  answer(0, States{sample_flag("a", 1)});
  EXPECT_EQ(cache_.writes.size(), 1u);
}

TEST_F(FlagLoaderTest, ErrorReachesEveryWaiter) {
  const auto first = load("a");
  const auto second = load("b");
  const auto third = load("c");  // waits with the fourth
  const auto fourth = load("c");
  const Error away{ErrorCode::unavailable, "the database is away"};
  answer(0, std::unexpected(away));
  answer(1, std::unexpected(away));
  answer(2, std::unexpected(away));
  for (const auto& loaded : {first, second, third, fourth}) {
    ASSERT_TRUE(*loaded);
    EXPECT_EQ(loaded->value(), Loaded(std::unexpect, away));
  }
  EXPECT_TRUE(cache_.writes.empty());
  EXPECT_EQ(readiness_.database(), Readiness::DependencyState::down);
}

TEST_F(FlagLoaderTest, LoaderGoesOnAfterAnError) {
  const auto failed = load("a");
  answer(0, std::unexpected(Error{ErrorCode::unavailable, "away"}));
  const auto loaded = load("a");
  answer(1, States{sample_flag("a", 4)});
  EXPECT_EQ(domain::version_of(loaded->value().value()), 4u);
  EXPECT_EQ(readiness_.database(), Readiness::DependencyState::up);
}

TEST_F(FlagLoaderTest, AnswerWithAnErrorOfItsOwnStillReachedTheDatabase) {
  const auto loaded = load("a");
  answer(0, std::unexpected(Error{ErrorCode::internal, "a bug"}));
  EXPECT_FALSE(loaded->value());
  EXPECT_EQ(readiness_.database(), Readiness::DependencyState::up);
}

TEST_F(FlagLoaderTest, SnapshotIsTakenBeforeTheQuery) {
  cache_.cache_time_ms = 77;
  const auto loaded = load("a");
  cache_.cache_time_ms = 99'000;  // the time goes on while the query is under way
  answer(0, States{sample_flag("a", 1)});
  EXPECT_THAT(events_, ElementsAre("cache.snapshot", "repository.find_many", "cache.set_many"));
  ASSERT_EQ(cache_.writes.size(), 1u);
  EXPECT_EQ(cache_.writes[0].snapshot.cache_time_ms, 77);
  EXPECT_EQ(cache_.writes[0].snapshot.max_age, max_snapshot_age);
}

TEST_F(FlagLoaderTest, SnapshotMayBeOlderThanHalfTheLifetimeNever) {
  auto loader = loader_with({.lifetimes = {.known = seconds(8)}});
  const auto loaded =
      start_task(context_, loader.load(test_support::environment("production"), flag_key("a")));
  answer(0, States{sample_flag("a", 1)});
  EXPECT_EQ(cache_.writes.at(0).snapshot.max_age, seconds(4));
}

TEST_F(FlagLoaderTest, CacheThatIsAwayDoesNotFailARead) {
  cache_.away = Error{ErrorCode::unavailable, "the cache is away"};
  const auto loaded = load("a");
  answer(0, States{sample_flag("a", 6)});
  EXPECT_EQ(loaded->value(), Loaded(sample_flag("a", 6)));
  EXPECT_TRUE(cache_.writes.empty());
}

TEST_F(FlagLoaderTest, FillThatFailsDoesNotFailARead) {
  cache_.write_error = Error{ErrorCode::unavailable, "the cache went away"};
  for (std::size_t i = 0; i < 5; ++i) {  // more than may be under way: places are given back
    const auto loaded = load("a");
    answer(i, States{sample_flag("a", 6)});
    EXPECT_EQ(loaded->value(), Loaded(sample_flag("a", 6)));
  }
}

TEST_F(FlagLoaderTest, TooManyWaitersAreTurnedAway) {
  const auto first = load("a");
  const auto second = load("a");
  const auto limit = GroupedMisses<FlagKey, Resume<Loaded>>::Limits{}.most_waiting;
  const auto environment = test_support::environment("production");
  std::vector<Pending<Loaded>> waiting;
  for (std::size_t i = 0; i < limit; ++i) {
    waiting.push_back(start_task(context_, loader_.load(environment, flag_key("a"))));
  }
  EXPECT_FALSE(*waiting.back());
  const auto turned_away = load("a");
  ASSERT_TRUE(*turned_away);
  EXPECT_EQ(turned_away->value().error().code, ErrorCode::unavailable);
}

TEST_F(FlagLoaderTest, QueryHasADeadline) {
  const auto before = std::chrono::steady_clock::now();
  const auto loaded = load("a");
  const auto deadline = repository_.queries.at(0).deadline;
  EXPECT_GE(deadline, before + milliseconds(8000));
  EXPECT_LE(deadline, std::chrono::steady_clock::now() + milliseconds(8000));
}

using All = domain::Result<AllFlags>;

TEST_F(FlagLoaderTest, LoadAllAnswersEveryFlag) {
  const auto loaded =
      start_task(context_, loader_.load_all(test_support::environment("production")));
  ASSERT_EQ(repository_.pages.size(), 1u);
  EXPECT_FALSE(repository_.pages[0].after);
  EXPECT_GE(repository_.pages[0].limit, 1'000'000u);
  repository_.answer_page(0, FlagPage{{sample_flag("a"), sample_flag("b")}, std::nullopt});
  run_ready(context_);
  ASSERT_TRUE(*loaded);
  EXPECT_THAT(loaded->value().value()->flags, ElementsAre(sample_flag("a"), sample_flag("b")));
}

TEST_F(FlagLoaderTest, LoadAllSharesOneQueryAndJoinsOnlyTheNext) {
  const auto environment = test_support::environment("production");
  const auto early = start_task(context_, loader_.load_all(environment));
  std::vector<Pending<All>> late;
  for (int i = 0; i < 100; ++i) late.push_back(start_task(context_, loader_.load_all(environment)));
  EXPECT_EQ(repository_.pages.size(), 1u);
  repository_.answer_page(0, FlagPage{{sample_flag("a", 1)}, std::nullopt});
  run_ready(context_);
  EXPECT_EQ(early->value().value()->flags.front().version, 1u);
  ASSERT_EQ(repository_.pages.size(), 2u);
  EXPECT_FALSE(*late[0]);
  repository_.answer_page(1, FlagPage{{sample_flag("a", 2)}, std::nullopt});
  run_ready(context_);
  for (const auto& loaded : late) EXPECT_EQ(loaded->value().value()->flags.front().version, 2u);
  EXPECT_EQ(repository_.pages.size(), 2u);
}

TEST_F(FlagLoaderTest, LoadAllPassesTheErrorOnAndGoesOn) {
  const auto environment = test_support::environment("production");
  const auto failed = start_task(context_, loader_.load_all(environment));
  repository_.answer_page(0, std::unexpected(Error{ErrorCode::deadline_exceeded, "slow"}));
  run_ready(context_);
  EXPECT_EQ(failed->value().error().code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(readiness_.database(), Readiness::DependencyState::down);
  const auto loaded = start_task(context_, loader_.load_all(environment));
  repository_.answer_page(1, FlagPage{});
  run_ready(context_);
  EXPECT_TRUE(loaded->value().value()->flags.empty());
  EXPECT_EQ(readiness_.database(), Readiness::DependencyState::up);
}

}  // namespace
}  // namespace hearth::application
