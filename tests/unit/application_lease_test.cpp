// What a process may trust and until when: leases, near copies, and what a heartbeat means.

#include <gmock/gmock.h>

#include "application/confirmations.hpp"
#include "application/heartbeat_decision.hpp"
#include "application/near_cache.hpp"
#include "support/flags.hpp"

namespace hearth::application {
namespace {

using namespace std::chrono_literals;
using test_support::environment;
using test_support::flag_key;
using test_support::sample_flag;

const auto production = environment("production");
constexpr Lease::Time noon = std::chrono::hours(12);

domain::Version version_in(const domain::FlagState* state) {
  return state == nullptr ? 0 : domain::version_of(*state);
}

TEST(LeaseOfSharedCache, HoldsUntilItsEndOnTheServerOfTheEpochOnly) {
  Lease lease;
  EXPECT_FALSE(lease.trusts_shared("", noon)) << "nothing has been proven";
  lease.set_epoch(Epoch{"a1 random 7", "a1"});
  lease.prolong_shared(noon + 1s);
  EXPECT_TRUE(lease.trusts_shared("a1", noon));
  EXPECT_FALSE(lease.trusts_shared("a1", noon + 1s));
  EXPECT_FALSE(lease.trusts_shared("b2", noon)) << "another server may remember older values";
  EXPECT_FALSE(lease.trusts_shared("", noon));
  lease.set_epoch(std::nullopt);
  EXPECT_FALSE(lease.trusts_shared("a1", noon));
  EXPECT_FALSE(lease.trusts_shared("", noon));
}

class NearCopies : public testing::Test {
 protected:
  NearCopies() { lease().prolong_near(noon + 10s); }

  Lease& lease() { return view_.lease(production); }
  void put(const std::string& key, domain::Version version) {
    cache_.put(production, sample_flag(key, version), cache_.stamp(production, flag_key(key)),
               noon);
  }
  domain::Version found(const std::string& key, Lease::Time now = noon) {
    const auto* copy = cache_.find(production, key, now);
    return version_in(copy == nullptr ? nullptr : &copy->state);
  }

  FleetView view_{production, FleetView::Trust::proven};
  NearCache cache_{view_, {.ttl = 5s, .most_entries = 8}};
};

TEST_F(NearCopies, AreFoundUntilTheirTimeHasPassed) {
  put("a", 3);
  EXPECT_EQ(found("a"), 3U);
  EXPECT_EQ(found("a", noon + 5s - 1ms), 3U);
  EXPECT_EQ(found("a", noon + 5s), 0U);
  EXPECT_EQ(found("b"), 0U);
}

TEST_F(NearCopies, KeepWhatWasMadeOfThemUntilTheyAreReplaced) {
  put("a", 3);
  cache_.find(production, "a", noon)->rendering = "made of version 3";
  put("b", 1);
  EXPECT_EQ(cache_.find(production, "a", noon)->rendering, "made of version 3");
  put("a", 4);
  EXPECT_EQ(cache_.find(production, "a", noon)->rendering, "");
}

TEST_F(NearCopies, AreNotUsedAfterTheLease) {
  put("a", 3);
  lease().prolong_near(noon + 1s);
  EXPECT_EQ(found("a", noon + 1s), 0U);
}

TEST_F(NearCopies, AreVoidOnceAChangeIsHeardOf) {
  put("a", 3);
  lease().note_change(flag_key("a"));
  EXPECT_EQ(found("a"), 0U);
}

TEST_F(NearCopies, WhatWasBeingReadWhenAChangeWasHeardOfIsVoidToo) {
  const auto stamp = cache_.stamp(production, flag_key("a"));
  lease().note_change(flag_key("a"));
  cache_.put(production, sample_flag("a", 3), stamp, noon);
  EXPECT_EQ(found("a"), 0U);
}

TEST_F(NearCopies, AreVoidInAnotherSession) {
  put("a", 3);
  lease().begin_session();
  EXPECT_EQ(found("a"), 0U);
}

TEST_F(NearCopies, OfEnvironmentsStayApart) {
  put("a", 3);
  view_.lease(environment("staging")).prolong_near(noon + 10s);
  EXPECT_EQ(cache_.find(environment("staging"), "a", noon), nullptr);
}

TEST_F(NearCopies, LastKnownIsKeptWhateverVoidsIt) {
  put("a", 3);
  lease().begin_session();
  lease().prolong_near(Lease::Time(0));
  EXPECT_EQ(version_in(cache_.last_known(production, flag_key("a"))), 3U);
  EXPECT_EQ(cache_.last_known(production, flag_key("b")), nullptr);
}

TEST_F(NearCopies, AreBoundedAndKeepWhatIsAskedFor) {
  put("wanted", 1);
  for (int i = 0; i < 100; ++i) {
    put("made-up-" + std::to_string(i), 1);
    EXPECT_EQ(found("wanted"), 1U) << i;
    EXPECT_LE(cache_.size(), 9U);
  }
}

TEST(NearCache, OfNoLifeKeepsNothing) {
  FleetView view(production, FleetView::Trust::unconditional);
  NearCache cache(view, {.ttl = 0ms});
  cache.put(production, sample_flag("a", 1), cache.stamp(production, flag_key("a")), noon);
  EXPECT_EQ(cache.find(production, "a", noon), nullptr);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(FleetView, BeyondItsLimitOfEnvironmentsNothingIsTrusted) {
  FleetView view(production, FleetView::Trust::unconditional);
  for (std::size_t i = 1; i < FleetView::most_environments; ++i) {
    EXPECT_TRUE(view.lease(environment("e" + std::to_string(i))).trusts_near(noon)) << i;
  }
  EXPECT_FALSE(view.lease(environment("one-too-many")).trusts_near(noon));
  EXPECT_EQ(view.environments().size(), FleetView::most_environments);
  EXPECT_TRUE(view.lease(production).trusts_near(noon));
}

/// A heartbeat in the middle of a life without incidents; each test changes one thing.
class HeartbeatMeaning : public testing::Test {
 protected:
  HeartbeatDecision decide() { return decide_heartbeat(heartbeat_, history_, noon, received_, 1s); }

  Heartbeat heartbeat_{"a1", "a1 random 7", true, 1};
  HeartbeatHistory history_{Epoch{"a1 random 7", "a1"}, 1, noon + 750ms};
  Lease::Time received_ = noon + 2ms;
};

TEST_F(HeartbeatMeaning, ProlongsBothLeasesFromItsSending) {
  const auto decision = decide();
  EXPECT_EQ(decision.shared_until, noon + 1s - lease_margin);
  EXPECT_EQ(decision.near_until, noon + 1s - lease_margin);
  EXPECT_FALSE(decision.new_session);
  EXPECT_FALSE(decision.needs_restoration);
}

TEST_F(HeartbeatMeaning, WithoutAnAnswerOnTheSubscriptionNearCopiesEnd) {
  heartbeat_.subscription = 0;
  const auto decision = decide();
  EXPECT_EQ(decision.shared_until, noon + 1s - lease_margin);
  EXPECT_EQ(decision.near_until, std::nullopt);
}

TEST_F(HeartbeatMeaning, AnotherSubscriptionBeginsANewSession) {
  heartbeat_.subscription = 2;
  EXPECT_TRUE(decide().new_session);
}

TEST_F(HeartbeatMeaning, ALeaseThatHadEndedBeginsANewSession) {
  received_ = history_.near_until;
  EXPECT_TRUE(decide().new_session);
  received_ -= 1ns;
  EXPECT_FALSE(decide().new_session);
}

TEST_F(HeartbeatMeaning, ARegistrationThatHadEndedBeginsANewSession) {
  heartbeat_.was_member = false;
  EXPECT_TRUE(decide().new_session);
}

TEST_F(HeartbeatMeaning, AnotherEpochBeginsANewSession) {
  heartbeat_.epoch = "a1 other 9";
  EXPECT_TRUE(decide().new_session);
  EXPECT_EQ(decide().epoch->text, "a1 other 9");
}

TEST_F(HeartbeatMeaning, NoEpochEndsAllTrustAndAsksForRestoration) {
  for (const auto* text : {"", "b2 random 7", "a1", "restoring random 7"}) {
    heartbeat_.epoch = text;
    const auto decision = decide();
    EXPECT_TRUE(decision.needs_restoration) << text;
    EXPECT_EQ(decision.shared_until, std::nullopt) << text;
    EXPECT_EQ(decision.near_until, std::nullopt) << text;
    EXPECT_EQ(decision.epoch, std::nullopt) << text;
  }
}

TEST_F(HeartbeatMeaning, ControlWithoutComparingServersAnOldEpochIsTaken) {
  heartbeat_.epoch = "b2 random 7";
  const auto decision =
      decide_heartbeat(heartbeat_, history_, noon, received_, 1s, ComparesServers::no);
  EXPECT_FALSE(decision.needs_restoration);
}

TEST(Confirmations, AreCompleteWhenAllAwaitedHaveConfirmed) {
  Confirmations confirmations;
  confirmations.open(7);
  EXPECT_FALSE(confirmations.is_complete(7));
  confirmations.expect(7, {"a", "b"});
  EXPECT_FALSE(confirmations.confirm(7, "a"));
  EXPECT_FALSE(confirmations.confirm(7, "a")) << "twice is once";
  EXPECT_FALSE(confirmations.confirm(7, "stranger"));
  EXPECT_FALSE(confirmations.confirm(8, "b")) << "another announcement";
  EXPECT_TRUE(confirmations.confirm(7, "b"));
  EXPECT_TRUE(confirmations.is_complete(7));
}

TEST(Confirmations, MayComeBeforeItIsKnownWhoIsAwaited) {
  Confirmations confirmations;
  confirmations.open(7);
  EXPECT_FALSE(confirmations.confirm(7, "a"));
  confirmations.expect(7, {"a"});
  EXPECT_TRUE(confirmations.is_complete(7));
}

TEST(Confirmations, NobodyAwaitedIsComplete) {
  Confirmations confirmations;
  confirmations.open(7);
  confirmations.expect(7, {});
  EXPECT_TRUE(confirmations.is_complete(7));
  confirmations.close(7);
  EXPECT_FALSE(confirmations.confirm(7, "late"));
}

}  // namespace
}  // namespace hearth::application
