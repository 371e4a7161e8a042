// A process among others: its announcements, its heartbeats, and the restoration of order.

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include "application/change_announcer.hpp"
#include "application/fleet_membership.hpp"
#include "support/eventually.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_cache.hpp"
#include "support/recording_telemetry.hpp"
#include "support/run_task.hpp"
#include "support/scripted_fleet.hpp"
#include "support/scripted_repository.hpp"

namespace hearth::application {
namespace {

using namespace std::chrono_literals;
using domain::FlagState;
using test_support::environment;
using test_support::flag_key;
using test_support::run_task;
using test_support::sample_flag;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

const auto production = environment("production");

class Announcing : public testing::Test {
 protected:
  Announcing() { snapshot_.epoch = "epoch"; }

  /// The others that are to confirm; how old the epoch is.
  void expect_members(std::vector<std::string> members, std::chrono::milliseconds epoch_age = 1h) {
    fleet_.on_announce = [=](std::uint64_t) { return Announcement{members, "epoch", epoch_age}; };
  }
  bool announce(ChangeAnnouncer& announcer) {
    began_ = std::chrono::steady_clock::now();
    const auto written =
        run_task(context_, announcer.write(production, {{sample_flag("a", 2), 1min}}, snapshot_));
    took_ = std::chrono::steady_clock::now() - began_;
    return written.announced;
  }

  boost::asio::io_context context_;
  test_support::ScriptedFleet fleet_;
  FleetView view_{production, FleetView::Trust::proven};
  CacheSnapshot snapshot_;
  test_support::Events events_;
  test_support::RecordingCache cache_{events_};
  // A long lease: whoever waits for it without need is seen.
  ChangeAnnouncer announcer_{context_.get_executor(), cache_, &fleet_, view_, {.lease = 10s}};
  ChangeAnnouncer short_lease_{context_.get_executor(), cache_, &fleet_, view_, {.lease = 60ms}};
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::duration took_{};
};

TEST_F(Announcing, WithoutOtherMembersIsInForceAtOnce) {
  expect_members({});
  EXPECT_TRUE(announce(announcer_));
  EXPECT_LT(took_, 5s);
  EXPECT_THAT(fleet_.announced, ElementsAre(ElementsAre("a")));
}

TEST_F(Announcing, EndsWhenTheLastMemberHasConfirmed) {
  fleet_.on_announce = [this](std::uint64_t number) {
    boost::asio::post(context_, [this, number] {
      announcer_.confirmed(number, "x");
      announcer_.confirmed(number, "y");
    });
    return Announcement{{"x", "y"}, "epoch", 1h};
  };
  EXPECT_TRUE(announce(announcer_));
  EXPECT_LT(took_, 5s);
}

TEST_F(Announcing, ConfirmationsThatOvertakeTheAnswerCount) {
  fleet_.on_announce = [this](std::uint64_t number) {
    announcer_.confirmed(number, "x");
    return Announcement{{"x"}, "epoch", 1h};
  };
  EXPECT_TRUE(announce(announcer_));
  EXPECT_LT(took_, 5s);
}

TEST_F(Announcing, WhoDoesNotConfirmIsWaitedForUntilTheLeaseHasEnded) {
  expect_members({"silent"});
  EXPECT_TRUE(announce(short_lease_));
  EXPECT_GE(took_, 60ms);
}

TEST_F(Announcing, UnderAYoungEpochWaitsUntilItIsALeaseOldWhoeverIsThere) {
  expect_members({}, 0ms);
  EXPECT_TRUE(announce(short_lease_));
  EXPECT_GE(took_, 60ms);
  expect_members({}, 10s - 40ms);
  EXPECT_TRUE(announce(announcer_));
  EXPECT_GE(took_, 40ms);
  EXPECT_LT(took_, 5s) << "a whole lease, though the epoch was nearly as old";
}

TEST_F(Announcing, UnderAnEpochMadeInTheFutureWaitsForOneLease) {
  expect_members({}, -1h);
  EXPECT_TRUE(announce(short_lease_));
  EXPECT_GE(took_, 60ms);
}

TEST_F(Announcing, UnderAYoungEpochItsOwnMembersAreWaitedForAsWell) {
  expect_members({"silent"}, 59ms);
  EXPECT_TRUE(announce(short_lease_));
  EXPECT_GE(took_, 60ms);

  fleet_.on_announce = [this](std::uint64_t number) {
    boost::asio::post(context_, [this, number] { announcer_.confirmed(number, "x"); });
    return Announcement{{"x"}, "epoch", 10s - 40ms};
  };
  EXPECT_TRUE(announce(announcer_));
  EXPECT_GE(took_, 40ms);
  EXPECT_LT(took_, 5s) << "it had confirmed before the epoch was a lease old";
}

TEST_F(Announcing, ControlWithoutTheWaitASilentMemberIsNotWaitedFor) {
  expect_members({"silent"});
  ChangeAnnouncer hasty(context_.get_executor(), cache_, &fleet_, view_,
                        {.lease = 10s, .waits_for_confirmations = false});
  EXPECT_TRUE(announce(hasty));
  EXPECT_LT(took_, 5s);
}

TEST_F(Announcing, UnderAnotherEpochThanItWasWrittenIsNotInForce) {
  fleet_.on_announce = [](std::uint64_t) { return Announcement{{}, "another", 1h}; };
  EXPECT_FALSE(announce(announcer_));
}

TEST_F(Announcing, ThatCannotBePublishedIsNotInForce) {
  fleet_.on_announce = [](std::uint64_t) -> domain::Result<Announcement> {
    return domain::fail(domain::ErrorCode::unavailable, "away");
  };
  EXPECT_FALSE(announce(announcer_));
}

TEST_F(Announcing, VoidsTheOwnNearCopies) {
  const auto before = view_.lease(production).stamp(flag_key("a"));
  expect_members({});
  EXPECT_TRUE(announce(announcer_));
  EXPECT_NE(view_.lease(production).stamp(flag_key("a")), before);
}

TEST_F(Announcing, OfManyFlagsTravelsInSeveralMessages) {
  expect_members({});
  std::vector<CacheEntry> entries;
  for (int i = 0; i < 500; ++i) entries.push_back({sample_flag("f" + std::to_string(i), 2), 1min});
  const auto written = run_task(context_, announcer_.write(production, entries, snapshot_));
  EXPECT_TRUE(written.announced);
  EXPECT_THAT(written.report.outcomes, AllOf(SizeIs(500), Each(WriteOutcome::written)));
  EXPECT_THAT(fleet_.announced, ElementsAre(SizeIs(200), SizeIs(200), SizeIs(100)));
}

TEST_F(Announcing, OfManyFlagsEndsWithTheFirstMessageThatFails) {
  fleet_.on_announce = [](std::uint64_t number) -> domain::Result<Announcement> {
    if (number > 1) return domain::fail(domain::ErrorCode::unavailable, "away");
    return Announcement{{}, "epoch", 1h};
  };
  std::vector<CacheEntry> entries;
  for (int i = 0; i < 500; ++i) entries.push_back({sample_flag("f" + std::to_string(i), 2), 1min});
  const auto written = run_task(context_, announcer_.write(production, entries, snapshot_));
  EXPECT_FALSE(written.announced);
  const auto& outcomes = written.report.outcomes;
  ASSERT_THAT(outcomes, SizeIs(500));
  EXPECT_EQ(std::ranges::count(outcomes, WriteOutcome::written), 200);
  EXPECT_EQ(std::ranges::count(outcomes, WriteOutcome::failed), 300) << "nothing is known of them";
  EXPECT_THAT(fleet_.announced, SizeIs(2));
}

TEST_F(Announcing, TellsWhatTheFenceRefused) {
  expect_members({});
  fleet_.write_outcome = WriteOutcome::too_old;
  const auto written =
      run_task(context_, announcer_.write(production, {{sample_flag("a", 2), 1min}}, snapshot_));
  EXPECT_THAT(written.report.outcomes, ElementsAre(WriteOutcome::too_old));
}

TEST_F(Announcing, WithoutAFleetWritesThroughTheCache) {
  ChangeAnnouncer alone(context_.get_executor(), cache_, nullptr, view_, {});
  const auto before = view_.lease(production).stamp(flag_key("a"));
  EXPECT_TRUE(announce(alone));
  EXPECT_THAT(events_, ElementsAre("cache.set_many"));
  EXPECT_NE(view_.lease(production).stamp(flag_key("a")), before);
}

/// A process whose heartbeats find what the test prepares.
class Membership : public testing::Test {
 protected:
  Membership() {
    fleet_.heartbeat = good();
    repository_.on_find_many = [](const std::vector<domain::FlagKey>& keys) {
      std::vector<FlagState> states;
      for (const auto& key : keys) states.emplace_back(sample_flag(key.text(), 9));
      return states;
    };
  }

  static Heartbeat good() { return {"a1", "a1 random 7", true, 1}; }
  bool beat() { return run_task(context_, membership_.beat(production)); }
  /// Runs what a heartbeat has begun in the background.
  void run_background() {
    context_.restart();
    context_.run_for(50ms);
  }
  Lease& lease() { return view_.lease(production); }

  boost::asio::io_context context_;
  test_support::Events events_;
  test_support::ScriptedFleet fleet_;
  test_support::ScriptedRepository repository_{events_};
  test_support::RecordingCache cache_{events_};
  test_support::RecordingTelemetry telemetry_;
  test_support::ManualClock clock_;
  FleetView view_{production, FleetView::Trust::proven};
  EpochRestorer restorer_{fleet_, repository_, cache_, telemetry_, {}};
  int restored_ = 0;
  FleetMembership membership_{context_.get_executor(),
                              fleet_,
                              view_,
                              restorer_,
                              clock_,
                              {},
                              [this](const domain::Environment&) { ++restored_; }};
};

TEST_F(Membership, AGoodHeartbeatGivesTheLeasesUntilTheirEnd) {
  EXPECT_FALSE(lease().trusts_near(clock_.since_boot()));
  EXPECT_TRUE(beat());
  EXPECT_TRUE(lease().trusts_near(clock_.since_boot()));
  EXPECT_TRUE(lease().trusts_shared("a1", clock_.since_boot()));
  clock_.advance(lease_duration - lease_margin);
  EXPECT_FALSE(lease().trusts_near(clock_.since_boot()));
  EXPECT_FALSE(lease().trusts_shared("a1", clock_.since_boot()));
}

TEST_F(Membership, CopiesLiveThroughHeartbeatsButNotThroughALapse) {
  beat();
  const auto stamp = lease().stamp(flag_key("a"));
  clock_.advance(250ms);
  beat();
  EXPECT_EQ(lease().stamp(flag_key("a")), stamp);
  clock_.advance(lease_duration - lease_margin);
  beat();
  EXPECT_NE(lease().stamp(flag_key("a")), stamp)
      << "changes were acknowledged without this process";
}

TEST_F(Membership, AFailedHeartbeatProlongsNothing) {
  beat();
  fleet_.heartbeat = domain::fail(domain::ErrorCode::unavailable, "away");
  clock_.advance(lease_duration - lease_margin - 1ms);
  EXPECT_FALSE(beat());
  EXPECT_TRUE(lease().trusts_near(clock_.since_boot()));
  clock_.advance(1ms);
  EXPECT_FALSE(lease().trusts_near(clock_.since_boot()));
}

TEST_F(Membership, FirstTriesFollowEachOtherQuicklyAndLaterOnesDoNot) {
  fleet_.heartbeat = domain::fail(domain::ErrorCode::unavailable, "being connected");
  FleetMembership eager(context_.get_executor(), fleet_, view_, restorer_, clock_,
                        {.eager = {1ms, 10s}}, [](const auto&) {});
  boost::asio::co_spawn(context_, eager.run(), boost::asio::detached);
  while (fleet_.beats < 6) context_.run_one();  // at most 1 + 2 + 4 + 8 + 16 ms
  context_.poll();
  EXPECT_EQ(fleet_.beats, 6U) << "the next is to wait for 16 ms at least";
}

TEST_F(Membership, WithoutNearCachesHasNoLeaseOnThem) {
  FleetMembership without(context_.get_executor(), fleet_, view_, restorer_, clock_,
                          {.keeps_copies = false}, [](const auto&) {});
  EXPECT_TRUE(run_task(context_, without.beat(production)));
  EXPECT_FALSE(fleet_.last_beat_keeps_copies);
  EXPECT_FALSE(lease().trusts_near(clock_.since_boot()));
  EXPECT_TRUE(lease().trusts_shared("a1", clock_.since_boot()));
}

TEST_F(Membership, StopsKeepingCopiesAtOnceAndForGood) {
  beat();
  membership_.stop_keeping_copies();
  EXPECT_FALSE(lease().trusts_near(clock_.since_boot()));
  EXPECT_TRUE(beat());
  EXPECT_FALSE(lease().trusts_near(clock_.since_boot()));
}

TEST_F(Membership, OldMemoryIsComparedUnderAClaimBeforeItIsTrusted) {
  EntryPage first;
  first.cache_time_ms = 5'000;
  first.keys = {flag_key("a"), flag_key("b")};
  first.next = "1";
  EntryPage second;
  second.cache_time_ms = 6'000;
  second.keys = {flag_key("c")};
  fleet_.pages = {first, second};
  fleet_.heartbeat->epoch = "old random 7";
  fleet_.on_begin_epoch = [this](const std::string& server, const std::string& claim) {
    EXPECT_EQ(server, "a1");
    EXPECT_EQ(claim, "restoring 1");
    EXPECT_THAT(cache_.writes, SizeIs(2)) << "first all entries, then the epoch";
    EXPECT_FALSE(lease().trusts_shared("a1", clock_.since_boot()));
    fleet_.heartbeat = good();
    return true;
  };
  EXPECT_FALSE(beat());
  run_background();

  EXPECT_EQ(restored_, 1);
  EXPECT_TRUE(lease().trusts_shared("a1", clock_.since_boot()));
  ASSERT_THAT(cache_.writes, SizeIs(2));
  EXPECT_EQ(cache_.writes[0].snapshot.epoch, "restoring 1");
  EXPECT_EQ(cache_.writes[0].snapshot.server, "a1");
  EXPECT_EQ(cache_.writes[0].snapshot.cache_time_ms, 5'000);
  EXPECT_EQ(domain::version_of(cache_.writes[0].entries.at(1).state), 9U);
  EXPECT_EQ(cache_.writes[1].snapshot.cache_time_ms, 6'000);
}

TEST_F(Membership, WhatAnotherProcessRestoresIsLeftToIt) {
  fleet_.heartbeat->epoch = "";
  fleet_.on_claim = [](const auto&) { return std::nullopt; };
  EXPECT_FALSE(beat());
  run_background();
  EXPECT_EQ(restored_, 0);
  EXPECT_THAT(cache_.writes, SizeIs(0));
}

TEST_F(Membership, ARestorationThatIsRefusedAnEntryBeginsNoEpoch) {
  EntryPage page;
  page.keys = {flag_key("a")};
  fleet_.pages = {page};
  fleet_.heartbeat->epoch = "old random 7";
  cache_.outcome = [](const auto&) { return WriteOutcome::too_old; };
  fleet_.on_begin_epoch = [](const auto&, const auto&) {
    ADD_FAILURE() << "an entry has not been compared";
    return true;
  };
  beat();
  run_background();
  EXPECT_EQ(restored_, 0);
}

TEST_F(Membership, WithoutTheDatabaseNothingIsRestored) {
  EntryPage page;
  page.keys = {flag_key("a")};
  fleet_.pages = {page};
  fleet_.heartbeat->epoch = "old random 7";
  repository_.on_find_many = [](const auto&) {
    return domain::fail(domain::ErrorCode::unavailable, "the database is away");
  };
  beat();
  run_background();
  EXPECT_EQ(restored_, 0);
  EXPECT_FALSE(lease().trusts_shared("a1", clock_.since_boot()));
}

}  // namespace
}  // namespace hearth::application
