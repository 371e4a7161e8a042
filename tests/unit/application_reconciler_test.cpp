#include <gmock/gmock.h>

#include <map>

#include "application/reconciler.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_cache.hpp"
#include "support/recording_telemetry.hpp"
#include "support/run_task.hpp"
#include "support/scripted_fleet.hpp"
#include "support/scripted_repository.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::FlagKey;
using domain::FlagState;
using domain::Tombstone;
using domain::Version;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::run_task;
using test_support::sample_flag;
using testing::ElementsAre;
using testing::IsEmpty;

/// Hints as the test says, and never waits.
class ScriptedSignal final : public ChangeSignal {
 public:
  Task<bool> wait(Deadline) override { co_return false; }
};

class ReconcilerTest : public testing::Test {
 protected:
  ReconcilerTest() {
    settings_.sweep.interval = seconds(60);
    repository_.on_latest_version = [this](milliseconds age) -> Version {
      asked_ages_.push_back(age);
      if (age > seconds(0)) return old_;
      return rows_.empty() ? 0 : rows_.rbegin()->first;
    };
    repository_.on_find_changed = [this](Version since, std::size_t limit) {
      std::vector<ChangedState> page;
      for (auto row = rows_.upper_bound(since); row != rows_.end() && page.size() < limit; ++row) {
        page.push_back({environment_, row->second});
      }
      return page;
    };
    repository_.on_find_many = [this](const std::vector<FlagKey>& keys) {
      std::vector<FlagState> states;
      for (const auto& [version, state] : rows_) {
        if (std::ranges::find(keys, domain::key_of(state)) != keys.end()) states.push_back(state);
      }
      return states;
    };
  }

  /// The row of a flag as the database holds it now.
  void put(const FlagState& state) {
    std::erase_if(rows_, [&](const auto& row) {
      return domain::key_of(row.second) == domain::key_of(state);
    });
    rows_.emplace(domain::version_of(state), state);
  }
  Reconciler& reconciler() {
    if (!reconciler_) {
      auto announce = [this](domain::Environment, std::vector<FlagState> states) -> Task<void> {
        for (const auto& state : states) announced_.push_back(domain::key_of(state).text());
        co_return;
      };
      reconciler_.emplace(context_.get_executor(),
                          Reconciler::Parts{repository_, cache_, signal_, clock_, telemetry_,
                                            announce, &fleet_, environment_},
                          settings_);
    }
    return *reconciler_;
  }
  void round() {
    run_task(context_, reconciler().run_round());
    clock_.advance(seconds(1));
  }
  /// Rounds until the sweep that is due at the start is over.
  void settle() {
    round();
    cache_.writes.clear();
    announced_.clear();
    events_.clear();
  }
  /// Two flags change while the cache is away, and only one is kept by name; then it is back.
  void change_more_than_is_kept() {
    settings_.most_kept = 1;
    settle();
    cache_.away = away_;
    put(sample_flag("a", 7));
    put(sample_flag("b", 8));
    cache_.lookups.emplace("b", sample_flag("b", 2));
    round();
    EXPECT_EQ(reconciler().kept(), 1u);
    cache_.away.reset();
    round();  // pushes what was kept
    round();  // sweeps
  }
  /// `key version` of everything written so far.
  std::vector<std::string> written() const {
    std::vector<std::string> written;
    for (const auto& write : cache_.writes) {
      for (const auto& entry : write.entries) {
        written.push_back(domain::key_of(entry.state).text() + " " +
                          std::to_string(domain::version_of(entry.state)));
      }
    }
    return written;
  }

  const domain::Environment environment_ = test_support::environment("production");
  const Error away_{ErrorCode::unavailable, "the cache is away"};
  boost::asio::io_context context_;
  test_support::Events events_;
  test_support::ScriptedRepository repository_{events_};
  test_support::RecordingCache cache_{events_};
  test_support::RecordingTelemetry telemetry_;
  test_support::ManualClock clock_;
  test_support::ScriptedFleet fleet_;
  ScriptedSignal signal_;
  Reconciler::Settings settings_;
  Version old_ = 0;  ///< all up to this changed long ago
  std::vector<milliseconds> asked_ages_;
  std::map<Version, FlagState> rows_;
  std::vector<std::string> announced_;
  std::optional<Reconciler> reconciler_;
};

TEST_F(ReconcilerTest, ChangeThatTheCacheHoldsInAnOlderVersionIsPushedAndAnnounced) {
  settle();
  put(sample_flag("a", 7));
  cache_.lookups.emplace("a", sample_flag("a", 3));
  round();
  EXPECT_THAT(written(), ElementsAre("a 7"));
  EXPECT_THAT(announced_, ElementsAre("a"));
  EXPECT_EQ(cache_.writes.at(0).entries.at(0).ttl, seconds(300));
  EXPECT_EQ(cache_.writes.at(0).snapshot.max_age, max_snapshot_age);
}

TEST_F(ReconcilerTest, SnapshotIsTakenBeforeTheDatabaseIsRead) {
  settle();
  put(sample_flag("a", 7));
  round();
  const auto snapshot = std::ranges::find(events_, "cache.snapshot");
  const auto read = std::find(snapshot, events_.end(), "repository.find_many");
  EXPECT_NE(std::find(read, events_.end(), "cache.set_many"), events_.end());
}

TEST_F(ReconcilerTest, ChangeThatTheCacheHoldsIsLeftAlone) {
  settle();
  put(sample_flag("a", 7));
  put(Tombstone{flag_key("b"), 8});
  cache_.lookups.emplace("a", sample_flag("a", 7));
  cache_.lookups.emplace("b", sample_flag("b", 9));
  round();
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(ReconcilerTest, ChangeThatTheCacheDoesNotHoldIsPushedAgainstAFillUnderWay) {
  settle();
  put(Tombstone{flag_key("a"), 7});
  round();
  EXPECT_THAT(written(), ElementsAre("a 7"));
}

TEST_F(ReconcilerTest, KeyThatTheCacheTakesForUnknownIsPushed) {
  settle();
  put(sample_flag("a", 7));
  cache_.lookups.emplace("a", Tombstone{flag_key("a"), 0});
  round();
  EXPECT_THAT(written(), ElementsAre("a 7"));
}

TEST_F(ReconcilerTest, WhatAnotherOneHasWrittenMeanwhileIsNotAnnounced) {
  settle();
  put(sample_flag("a", 7));
  cache_.outcome = [](const auto&) { return WriteOutcome::unchanged; };
  round();
  EXPECT_EQ(cache_.writes.size(), 1u);
  EXPECT_THAT(announced_, IsEmpty());
  EXPECT_EQ(reconciler().kept(), 0u);
}

TEST_F(ReconcilerTest, EachChangeIsPushedOnce) {
  settle();
  put(sample_flag("a", 7));
  for (int i = 0; i < 30; ++i) round();
  EXPECT_EQ(cache_.writes.size(), 1u);
}

TEST_F(ReconcilerTest, StartFillsNoCacheWithThePast) {
  put(sample_flag("long-ago", 5));
  put(sample_flag("just-now", 6));
  for (int i = 0; i < 10; ++i) round();
  EXPECT_THAT(written(), IsEmpty()) << "the cache holds neither, and needs neither";
}

TEST_F(ReconcilerTest, OldFillOfWhatChangedJustBeforeTheStartIsReplacedSoon) {
  put(sample_flag("just-now", 6));
  old_ = 5;
  settle();
  for (int i = 0; i < 25; ++i) round();
  EXPECT_THAT(asked_ages_, ElementsAre(max_snapshot_age + settings_.follow.overlap, seconds(0)));
  cache_.lookups.emplace("just-now", sample_flag("just-now", 4));
  for (int i = 0; i < 4; ++i) round();
  EXPECT_THAT(written(), ElementsAre("just-now 6"));
}

TEST_F(ReconcilerTest, OldFillOfWhatChangedLongBeforeTheStartIsLeftToTheSweep) {
  put(sample_flag("long-ago", 5));
  old_ = 5;
  settle();
  cache_.lookups.emplace("long-ago", sample_flag("long-ago", 4));
  for (int i = 0; i < 25; ++i) round();
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(ReconcilerTest, FirstSweepFindsWhatWasLostBeforeTheStart) {
  put(sample_flag("lost", 5));
  put(sample_flag("fine", 6));
  cache_.lookups.emplace("lost", sample_flag("lost", 4));
  cache_.lookups.emplace("fine", sample_flag("fine", 6));
  round();
  EXPECT_THAT(written(), ElementsAre("lost 5"));
}

TEST_F(ReconcilerTest, SweepsAgainAfterItsInterval) {
  put(sample_flag("a", 5));
  old_ = 5;
  cache_.lookups.emplace("a", sample_flag("a", 5));
  settle();
  cache_.lookups.at("a") = sample_flag("a", 4);  // an old value came back, however that may be
  for (int i = 0; i < 28; ++i) round();
  EXPECT_THAT(written(), IsEmpty()) << "control: the follower alone does not see it";
  for (int i = 0; i < 35; ++i) round();
  EXPECT_THAT(written(), testing::Contains("a 5"));
}

TEST_F(ReconcilerTest, LeavesTheSweepsToAnotherWhoseTurnItIs) {
  put(sample_flag("lost", 5));
  cache_.lookups.emplace("lost", sample_flag("lost", 4));
  bool is_ours = false;
  std::set<std::string> asked_for;
  fleet_.on_take_turn = [&](const std::string& work) {
    asked_for.insert(work);
    return is_ours;
  };
  for (int i = 0; i < 100; ++i) round();
  EXPECT_THAT(written(), IsEmpty());
  EXPECT_THAT(fleet_.kept_turns, IsEmpty());
  EXPECT_THAT(asked_for, ElementsAre("sweep", "sweep-of-recent"));
  is_ours = true;  // the other one is no more
  for (int i = 0; i < 61; ++i) round();
  EXPECT_THAT(written(), testing::Contains("lost 5"));
}

TEST_F(ReconcilerTest, KeepsItsTurnFromPageToPageAndThenLetsItRest) {
  settings_.sweep.page_size = 2;
  settings_.recent = milliseconds(0);
  for (Version version = 1; version <= 5; ++version) {
    put(sample_flag("flag-" + std::to_string(version), version));
  }
  int taken = 0;
  fleet_.on_take_turn = [&](const std::string& work) {
    taken += work == "sweep" ? 1 : 0;
    return true;
  };
  for (int i = 0; i < 10; ++i) round();
  std::erase_if(fleet_.kept_turns, [](const auto& kept) { return kept.first != "sweep"; });
  const auto page = std::pair(std::string("sweep"), settings_.turn);
  const auto rest = std::pair(std::string("sweep"), milliseconds(20'000));
  EXPECT_THAT(fleet_.kept_turns, ElementsAre(page, page, rest));
  EXPECT_EQ(taken, 1);
}

TEST_F(ReconcilerTest, SweepThatCannotAskForItsTurnIsTriedAgainSoon) {
  put(sample_flag("lost", 5));
  cache_.lookups.emplace("lost", sample_flag("lost", 4));
  fleet_.on_take_turn = [&](const auto&) { return std::unexpected(away_); };
  round();
  EXPECT_THAT(written(), IsEmpty());
  fleet_.on_take_turn = [](const auto&) { return true; };
  round();
  EXPECT_THAT(written(), testing::Contains("lost 5"));
}

TEST_F(ReconcilerTest, WhatCannotBePushedIsKeptAndReadAnew) {
  settle();
  put(sample_flag("a", 7));
  cache_.write_error = away_;
  round();
  EXPECT_EQ(reconciler().kept(), 1u);
  put(sample_flag("a", 8));
  cache_.write_error.reset();
  cache_.writes.clear();
  round();
  EXPECT_THAT(written(), ElementsAre("a 8"));
  EXPECT_EQ(reconciler().kept(), 0u);
}

TEST_F(ReconcilerTest, RefusedForItsAgeIsTriedAgain) {
  settle();
  put(sample_flag("a", 7));
  cache_.outcome = [](const auto&) { return WriteOutcome::too_old; };
  round();
  EXPECT_EQ(reconciler().kept(), 1u);
  cache_.outcome = [](const auto&) { return WriteOutcome::written; };
  round();
  EXPECT_EQ(reconciler().kept(), 0u);
  EXPECT_THAT(announced_, ElementsAre("a"));
}

TEST_F(ReconcilerTest, CacheThatIsAwayLosesNothing) {
  settle();
  cache_.away = away_;
  put(sample_flag("a", 7));
  for (int i = 0; i < 100; ++i) round();
  cache_.away.reset();
  round();
  EXPECT_THAT(announced_, ElementsAre("a"));
}

TEST_F(ReconcilerTest, DatabaseThatIsAwayLosesNothing) {
  settle();
  const auto find_changed = repository_.on_find_changed;
  repository_.on_find_changed = [](Version,
                                   std::size_t) -> test_support::ScriptedRepository::Changes {
    return domain::fail(ErrorCode::unavailable, "the database is away");
  };
  put(sample_flag("a", 7));
  for (int i = 0; i < 100; ++i) round();
  repository_.on_find_changed = find_changed;
  round();
  EXPECT_THAT(written(), ElementsAre("a 7"));
}

TEST_F(ReconcilerTest, WhatFindsNoPlaceIsLeftToASweep) {
  change_more_than_is_kept();
  EXPECT_THAT(written(), ElementsAre("a 7", "b 8"));
}

TEST_F(ReconcilerTest, WhatFindsNoPlaceIsSweptWhoeversTurnItIs) {
  fleet_.on_take_turn = [](const auto&) { return false; };
  change_more_than_is_kept();
  EXPECT_THAT(written(), ElementsAre("a 7", "b 8")) << "nobody else knows of it";
}

TEST_F(ReconcilerTest, RowThatIsGoneIsForgotten) {
  settle();
  put(sample_flag("a", 7));
  repository_.on_find_many = [](const std::vector<FlagKey>&) { return std::vector<FlagState>{}; };
  round();
  EXPECT_EQ(reconciler().kept(), 0u);
}

TEST_F(ReconcilerTest, OutageIsToldOnce) {
  settle();
  cache_.away = away_;
  put(sample_flag("a", 7));
  round();
  EXPECT_THAT(telemetry_.warnings(), IsEmpty()) << "a single failure is none yet";
  for (int i = 0; i < 10; ++i) round();
  EXPECT_EQ(telemetry_.warnings().size(), 1u);
  cache_.away.reset();
  round();
  cache_.away = away_;
  put(sample_flag("a", 9));
  for (int i = 0; i < 10; ++i) round();
  EXPECT_EQ(telemetry_.warnings().size(), 2u);
}

TEST_F(ReconcilerTest, ExceptionEndsARoundAndNotTheReconciler) {
  settle();
  put(sample_flag("a", 7));
  const auto find_many = repository_.on_find_many;
  repository_.on_find_many = [](const std::vector<FlagKey>&) -> std::vector<FlagState> {
    throw std::bad_alloc();
  };
  round();
  repository_.on_find_many = find_many;
  round();
  EXPECT_THAT(announced_, ElementsAre("a"));
}

}  // namespace
}  // namespace hearth::application
