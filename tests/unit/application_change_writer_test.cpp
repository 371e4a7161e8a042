#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/change_writer.hpp"
#include "support/flags.hpp"
#include "support/recording_cache.hpp"
#include "support/recording_telemetry.hpp"
#include "support/run_task.hpp"
#include "support/scripted_repository.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::FlagKey;
using domain::FlagState;
using domain::Result;
using domain::Tombstone;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::run_task;
using test_support::sample_flag;
using testing::ElementsAre;

class ChangeWriterTest : public testing::Test {
 protected:
  ChangeWriterTest() {
    repository_.on_find_many = [this](const std::vector<FlagKey>& keys) {
      asked_.push_back(keys);
      std::vector<FlagState> states;
      for (const auto& key : keys) {
        if (key.text() != "nobody") states.emplace_back(sample_flag(key.text(), 10));
      }
      return states;
    };
  }

  ChangeWriter writer_with(ChangeWriter::Settings settings) {
    return {context_.get_executor(), repository_, cache_, announcer_, telemetry_, settings};
  }
  Task<Result<FlagState>> change(Result<FlagState> result) {
    events_.emplace_back("change");
    co_return result;
  }
  Result<CommittedChange> commit(ChangeWriter& writer, Result<FlagState> result,
                                 const std::string& key = "a") {
    return run_task(context_, writer.commit(production_, flag_key(key), change(std::move(result))));
  }
  /// Runs a commit to its end from within another task; nothing in it has to wait.
  bool commit_now(ChangeWriter& writer, const domain::Flag& flag) {
    boost::asio::io_context inner;
    std::vector<FlagState> states{flag};
    return run_task(inner,
                    writer.write(production_, std::move(states), cache_.snapshot(production_)));
  }
  void settle(ChangeWriter& writer) { run_task(context_, writer.settle()); }

  const domain::Environment production_ = test_support::environment("production");
  const Error away_{ErrorCode::unavailable, "the cache is away"};
  boost::asio::io_context context_;
  test_support::Events events_;
  test_support::ScriptedRepository repository_{events_};
  test_support::RecordingCache cache_{events_};
  test_support::RecordingTelemetry telemetry_;
  FleetView view_{production_, FleetView::Trust::unconditional};
  ChangeAnnouncer announcer_{context_.get_executor(), cache_, nullptr, view_, {}};
  ChangeWriter writer_ = writer_with({});
  std::vector<std::vector<FlagKey>> asked_;
};

TEST_F(ChangeWriterTest, TellsWhatBecameOfEachChange) {
  (void)commit(writer_, sample_flag("a", 3));
  (void)commit(writer_, domain::fail(ErrorCode::version_mismatch, "it has changed"));
  (void)commit(writer_, domain::fail(ErrorCode::unavailable, "the database is away"));
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 4));
  EXPECT_THAT(telemetry_.changes(), ElementsAre(ChangeOutcome::in_force, ChangeOutcome::refused,
                                                ChangeOutcome::failed, ChangeOutcome::pending));
}

TEST_F(ChangeWriterTest, CommittedAndWrittenChangeIsInForce) {
  cache_.cache_time_ms = 5;
  const auto committed = commit(writer_, sample_flag("a", 3));
  ASSERT_TRUE(committed);
  EXPECT_TRUE(committed->in_force);
  EXPECT_EQ(committed->state, FlagState(sample_flag("a", 3)));
  EXPECT_THAT(events_, ElementsAre("cache.snapshot", "change", "cache.set_many"));
  EXPECT_EQ(cache_.writes.at(0).snapshot.cache_time_ms, 5);
  EXPECT_EQ(cache_.writes.at(0).snapshot.max_age, max_snapshot_age);
  EXPECT_EQ(cache_.writes.at(0).entries.at(0).state, FlagState(sample_flag("a", 3)));
  EXPECT_EQ(cache_.writes.at(0).entries.at(0).ttl, seconds(300));
  EXPECT_EQ(writer_.unsettled(), 0u);
  EXPECT_TRUE(telemetry_.warnings().empty());
}

TEST_F(ChangeWriterTest, DeletionIsWrittenAsATombstone) {
  const auto committed = commit(writer_, Tombstone{flag_key("a"), 4});
  EXPECT_TRUE(committed->in_force);
  EXPECT_EQ(cache_.writes.at(0).entries.at(0).state, FlagState(Tombstone{flag_key("a"), 4}));
}

TEST_F(ChangeWriterTest, EachOutcomeIsInForceOrNot) {
  const std::pair<WriteOutcome, bool> table[] = {{WriteOutcome::written, true},
                                                 {WriteOutcome::unchanged, true},
                                                 {WriteOutcome::newer_present, true},
                                                 {WriteOutcome::too_old, false},
                                                 {WriteOutcome::failed, false}};
  for (const auto& [outcome, in_force] : table) {
    cache_.outcome = [&outcome](const auto&) { return outcome; };
    const auto committed = commit(writer_, sample_flag("a"));
    ASSERT_TRUE(committed);
    EXPECT_EQ(committed->in_force, in_force) << name_of(outcome);
    EXPECT_EQ(writer_.unsettled(), in_force ? 0u : 1u) << name_of(outcome);
  }
}

TEST_F(ChangeWriterTest, RefusedChangeIsPassedOnAndWritesNothing) {
  const Error refused{ErrorCode::version_mismatch, "changed"};
  const auto committed = commit(writer_, std::unexpected(refused));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error(), refused);
  EXPECT_TRUE(cache_.writes.empty());
  EXPECT_EQ(writer_.unsettled(), 0u);
}

TEST_F(ChangeWriterTest, CacheThatIsAwayIsNoErrorButNotInForce) {
  cache_.away = away_;
  const auto committed = commit(writer_, sample_flag("a", 3));
  ASSERT_TRUE(committed);
  EXPECT_FALSE(committed->in_force);
  EXPECT_EQ(writer_.unsettled(), 1u);
}

TEST_F(ChangeWriterTest, SettlingWaitsForTheCache) {
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 3));
  for (int i = 0; i < 3; ++i) settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 1u);
  EXPECT_TRUE(asked_.empty());  // the database is not asked for what could not be written

  cache_.away = std::nullopt;
  cache_.write_error = away_;
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 1u);
  ASSERT_FALSE(telemetry_.warnings().empty());
  EXPECT_EQ(telemetry_.warnings()[0].first, "cache_write");

  cache_.write_error = std::nullopt;
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 0u);
  EXPECT_EQ(cache_.writes.back().entries.at(0).state, FlagState(sample_flag("a", 10)));
}

TEST_F(ChangeWriterTest, SettlingTakesTheSnapshotBeforeItReads) {
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 3));
  cache_.away = std::nullopt;
  events_.clear();
  settle(writer_);
  EXPECT_THAT(events_, ElementsAre("cache.snapshot", "repository.find_many", "cache.set_many"));
}

TEST_F(ChangeWriterTest, SettlesByItself) {
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 3));
  cache_.away = std::nullopt;
  context_.restart();
  const auto end = std::chrono::steady_clock::now() + seconds(10);
  while (writer_.unsettled() > 0 && std::chrono::steady_clock::now() < end) {
    context_.run_one_for(milliseconds(200));
  }
  EXPECT_EQ(writer_.unsettled(), 0u);
  EXPECT_EQ(cache_.writes.size(), 1u);
}

TEST_F(ChangeWriterTest, SettlingGoesOnWhenTheDatabaseIsAway) {
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 3));
  cache_.away = std::nullopt;
  auto answers = std::exchange(repository_.on_find_many, {});
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 1u);
  repository_.on_find_many = answers;
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 0u);
}

TEST_F(ChangeWriterTest, ChangeInDoubtIsLookedUpAgain) {
  const Error doubt{ErrorCode::in_doubt, "the connection broke"};
  auto writer = writer_with({.lifetimes = {}, .doubt_lasts = milliseconds(0)});
  const auto committed = commit(writer, std::unexpected(doubt));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error(), doubt);
  EXPECT_EQ(writer.unsettled(), 1u);
  settle(writer);
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_THAT(asked_[0], ElementsAre(flag_key("a")));
  EXPECT_EQ(cache_.writes.at(0).entries.at(0).state, FlagState(sample_flag("a", 10)));
  EXPECT_EQ(writer.unsettled(), 0u);
}

TEST_F(ChangeWriterTest, ChangeInDoubtIsLookedUpForAsLongAsItMayStillHappen) {
  (void)commit(writer_, std::unexpected(Error{ErrorCode::in_doubt, "the connection broke"}));
  settle(writer_);
  settle(writer_);
  EXPECT_EQ(asked_.size(), 2u);
  EXPECT_EQ(writer_.unsettled(), 1u) << "the server may go on with the statement";
}

TEST_F(ChangeWriterTest, LookThatBeganBeforeAFailedWriteDoesNotSettleIt) {
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 9));
  cache_.away = std::nullopt;
  // While the look is under way, another change is committed and does not reach the cache.
  bool interrupted = false;
  repository_.on_find_many = [this, &interrupted,
                              answer = repository_.on_find_many](const std::vector<FlagKey>& keys) {
    if (!std::exchange(interrupted, true)) {
      cache_.away = away_;
      EXPECT_FALSE(commit_now(writer_, sample_flag("a", 11)));
      cache_.away = std::nullopt;
    }
    return answer(keys);
  };
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 1u);
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 0u);
}

TEST_F(ChangeWriterTest, OlderChangeThatArrivesDoesNotSettleANewerOneThatDidNot) {
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 7));
  cache_.away = std::nullopt;
  EXPECT_TRUE(commit(writer_, sample_flag("a", 6))->in_force);
  EXPECT_EQ(writer_.unsettled(), 1u);
}

TEST_F(ChangeWriterTest, ChangeInDoubtOfAKeyThatNeverExistedIsSettled) {
  auto writer = writer_with({.lifetimes = {}, .doubt_lasts = milliseconds(0)});
  (void)commit(writer, std::unexpected(Error{ErrorCode::in_doubt, "the connection broke"}),
               "nobody");
  EXPECT_EQ(writer.unsettled(), 1u);
  settle(writer);
  EXPECT_EQ(writer.unsettled(), 0u);
}

TEST_F(ChangeWriterTest, UnsettledChangeIsDroppedWhenTheOldEntryHasExpired) {
  auto writer = writer_with({.lifetimes = {.known = milliseconds(0)}});
  cache_.away = away_;
  (void)commit(writer, sample_flag("a", 3));
  EXPECT_EQ(writer.unsettled(), 1u);
  settle(writer);
  EXPECT_EQ(writer.unsettled(), 0u);
}

TEST_F(ChangeWriterTest, LaterChangeOfTheSameFlagSettlesIt) {
  cache_.away = away_;
  (void)commit(writer_, sample_flag("a", 3));
  cache_.away = std::nullopt;
  EXPECT_TRUE(commit(writer_, sample_flag("a", 4))->in_force);
  EXPECT_EQ(writer_.unsettled(), 0u);
}

TEST_F(ChangeWriterTest, WaitingChangesAreBounded) {
  auto writer = writer_with({.lifetimes = {}, .most_unsettled = 2});
  cache_.away = away_;
  for (const auto* key : {"a", "b", "b", "c"}) (void)commit(writer, sample_flag(key), key);
  EXPECT_EQ(writer.unsettled(), 2u);
  ASSERT_EQ(telemetry_.warnings().size(), 1u);
  EXPECT_EQ(telemetry_.warnings()[0].first, "cache_write");
}

TEST_F(ChangeWriterTest, WriteIsInForceOnlyIfEveryFlagIs) {
  cache_.outcome = [](const CacheEntry& entry) {
    return domain::key_of(entry.state).text() == "b" ? WriteOutcome::too_old
                                                     : WriteOutcome::written;
  };
  std::vector<FlagState> states{sample_flag("a"), sample_flag("b"), sample_flag("c")};
  EXPECT_FALSE(
      run_task(context_, writer_.write(production_, states, writer_.snapshot(production_))));
  EXPECT_EQ(writer_.unsettled(), 1u);
}

TEST_F(ChangeWriterTest, SettlingTakesAtMostTwoHundredFlagsOfOneEnvironment) {
  cache_.away = away_;
  std::vector<FlagState> states;
  for (int i = 0; i < 250; ++i) states.emplace_back(sample_flag("flag-" + std::to_string(i)));
  EXPECT_FALSE(
      run_task(context_, writer_.write(production_, states, writer_.snapshot(production_))));
  const auto staging = test_support::environment("staging");
  std::vector<FlagState> another{sample_flag("a")};
  EXPECT_FALSE(run_task(context_, writer_.write(staging, another, writer_.snapshot(production_))));
  EXPECT_EQ(writer_.unsettled(), 251u);
  cache_.away = std::nullopt;
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 51u);
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 1u);
  EXPECT_EQ(asked_.back().size(), 50u);
  settle(writer_);
  EXPECT_EQ(writer_.unsettled(), 0u);
  EXPECT_EQ(cache_.writes.back().environment, staging);
}

TEST_F(ChangeWriterTest, NothingToWriteIsInForce) {
  cache_.away = away_;
  EXPECT_TRUE(run_task(context_, writer_.write(production_, {}, writer_.snapshot(production_))));
}

}  // namespace
}  // namespace hearth::application
