// Processes that meet in a real Redis: heartbeats, announcements, and a memory that is interrupted.

#include "adapters/redis/redis_fleet.hpp"

#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include <set>

#include "adapters/redis/flag_codec.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "application/change_announcer.hpp"
#include "application/fleet_membership.hpp"
#include "bootstrap/system_clock.hpp"
#include "support/eventually.hpp"
#include "support/flags.hpp"
#include "support/look_up.hpp"
#include "support/recording_telemetry.hpp"
#include "support/redis_server.hpp"
#include "support/run_task.hpp"
#include "support/scripted_repository.hpp"
#include "support/tcp_gate.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using adapters::redis::RedisCache;
using adapters::redis::RedisFleet;
using application::CacheEntry;
using application::Deadline;
using application::deadline_in;
using application::FleetView;
using application::Heartbeat;
using application::WriteOutcome;
using domain::FlagState;
using testing::ElementsAre;
using testing::IsEmpty;

const auto production = environment("production");

Deadline soon() { return deadline_in(10s); }

/// One process of a fleet, with a database that knows every flag in version 9.
class Process {
 public:
  Process(boost::asio::io_context& context, const std::string& url,
          application::ComparesServers compares = application::ComparesServers::yes)
      : endpoint_(adapters::redis::parse_endpoint(url).value()),
        fleet(context.get_executor(), endpoint_, {}, clock_),
        cache(context.get_executor(), endpoint_, {}, clock_, view),
        announcer(context.get_executor(), cache, &fleet, view, {}),
        restorer_(fleet, repository_, cache, telemetry_, {}),
        membership(context.get_executor(), fleet, view, restorer_, clock_,
                   {.compares_servers = compares}, [](const auto&) {}) {
    repository_.on_find_many = [](const std::vector<domain::FlagKey>& keys) {
      std::vector<FlagState> states;
      for (const auto& key : keys) states.emplace_back(sample_flag(key.text(), 9));
      return states;
    };
    application::FleetListener listener;
    listener.changed = [this](const auto&, const auto& keys) {
      for (const auto& key : keys) heard.push_back(key.text());
      if (on_heard) on_heard();
    };
    listener.confirmed = [this](std::uint64_t number, const std::string& member) {
      announcer.confirmed(number, member);
    };
    fleet.listen(std::move(listener));
  }

 private:
  bootstrap::SystemClock clock_;
  Events events_;
  ScriptedRepository repository_{events_};
  RecordingTelemetry telemetry_;
  adapters::redis::Endpoint endpoint_;

 public:
  FleetView view{production, FleetView::Trust::proven};
  RedisFleet fleet;
  RedisCache cache;
  application::ChangeAnnouncer announcer;
  std::vector<std::string> heard;
  std::function<void()> on_heard;

 private:
  application::EpochRestorer restorer_;

 public:
  application::FleetMembership membership;
};

class FleetInRedis : public testing::Test {
 protected:
  FleetInRedis() : first_(context_, server_.url()), second_(context_, server_.url()) {}

  template <class T>
  T run(application::Task<T> task) {
    return run_task(context_, std::move(task));
  }
  template <class Predicate>
  bool run_until(Predicate predicate) {
    return eventually(10s, [&] {
      context_.restart();
      context_.run_for(2ms);
      return predicate();
    });
  }
  /// Beats until the process may use the cache.
  bool join(Process& process) {
    return run_until([&] { return run(process.membership.beat(production)); });
  }
  Heartbeat heartbeat(Process& process) {
    return run(process.fleet.beat(production, 1s, true, soon())).value();
  }
  /// A heartbeat that the subscription has answered.
  Heartbeat full_heartbeat(Process& process) {
    Heartbeat found;
    EXPECT_TRUE(run_until([&] {
      auto answered = run(process.fleet.beat(production, 1s, true, soon()));
      if (answered) found = std::move(*answered);
      return found.subscription != 0;
    }));
    return found;
  }
  domain::Result<application::CacheLookup> get(Process& process, const std::string& key) {
    return run(test_support::look_up(process.cache, production, flag_key(key), soon()));
  }
  WriteOutcome set(Process& process, const FlagState& state) {
    std::vector<CacheEntry> entries{{state, 300s}};
    return run(process.cache.set_many(production, std::move(entries),
                                      process.cache.snapshot(production).value(), soon()))
        .outcomes.front();
  }
  /// The server starts anew with what a file from before remembered: version 3, and an epoch.
  void restart_with_an_old_file() {
    server_.stop();
    server_.start();
    const auto in_an_hour =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 1h;
    server_.run({"SET", adapters::redis::redis_key(production, flag_key("a")),
                 adapters::redis::encode(sample_flag("a", 3), in_an_hour)});
    server_.run({"HSET", adapters::redis::fleet_key(production, "epoch"), "epoch",
                 std::string(40, 'a') + " 0123 1000"});
  }

  RedisServer server_;
  boost::asio::io_context context_{1};
  Process first_;
  Process second_;
};

TEST_F(FleetInRedis, OneProcessBeginsTheEpochAndAllUseIt) {
  ASSERT_TRUE(join(first_));
  ASSERT_TRUE(join(second_));
  EXPECT_EQ(first_.view.lease(production).epoch()->text,
            second_.view.lease(production).epoch()->text);
  EXPECT_EQ(set(first_, sample_flag("a", 1)), WriteOutcome::written);
  EXPECT_TRUE(get(second_, "a").has_value());
}

TEST_F(FleetInRedis, BeforeAnEpochIsKnownNothingIsServedOrWritten) {
  ASSERT_TRUE(run(first_.cache.wait_until_connected(soon())).has_value());
  EXPECT_EQ(get(first_, "a").error().code, domain::ErrorCode::unavailable);
  EXPECT_FALSE(first_.cache.snapshot(production).has_value());
}

TEST_F(FleetInRedis, OnlyOneOfTwoClaimsIsGrantedAndAnOldOneGivesWay) {
  const auto found = full_heartbeat(first_);
  const auto claim = run(first_.fleet.claim_restoration(production, found, 1h, soon())).value();
  ASSERT_TRUE(claim.has_value());
  EXPECT_EQ(run(second_.fleet.claim_restoration(production, found, 1h, soon())).value(),
            std::nullopt)
      << "the epoch is not the one that was found any more";
  const auto claimed = heartbeat(second_);
  EXPECT_EQ(run(second_.fleet.claim_restoration(production, claimed, 1h, soon())).value(),
            std::nullopt)
      << "the claim is young";
  EXPECT_TRUE(run(second_.fleet.claim_restoration(production, claimed, 0ms, soon())).value());
  EXPECT_FALSE(run(first_.fleet.begin_epoch(production, found.server, *claim, soon())).value())
      << "another process has taken over";
}

TEST_F(FleetInRedis, AClaimDiesWithAFlushAndWithTheServer) {
  auto found = full_heartbeat(first_);
  auto claim = run(first_.fleet.claim_restoration(production, found, 1h, soon())).value();
  server_.run({"FLUSHALL"});
  EXPECT_FALSE(run(first_.fleet.begin_epoch(production, found.server, *claim, soon())).value());
  found = heartbeat(first_);
  claim = run(first_.fleet.claim_restoration(production, found, 1h, soon())).value();
  EXPECT_FALSE(run(first_.fleet.begin_epoch(production, "another", *claim, soon())).value());
  EXPECT_TRUE(run(first_.fleet.begin_epoch(production, found.server, *claim, soon())).value());
}

TEST_F(FleetInRedis, AfterAFlushWritersOfTheOldEpochAreRefused) {
  ASSERT_TRUE(join(first_));
  const auto snapshot = first_.cache.snapshot(production).value();
  server_.run({"FLUSHALL"});
  std::vector<CacheEntry> entries{{sample_flag("a", 1), 300s}};
  EXPECT_THAT(run(first_.cache.set_many(production, entries, snapshot, soon())).outcomes,
              ElementsAre(WriteOutcome::too_old));
  ASSERT_TRUE(join(second_)) << "somebody begins a new epoch";
  EXPECT_THAT(run(first_.cache.set_many(production, entries, snapshot, soon())).outcomes,
              ElementsAre(WriteOutcome::too_old));
  ASSERT_TRUE(join(first_));
  EXPECT_EQ(set(first_, sample_flag("a", 1)), WriteOutcome::written);
}

TEST_F(FleetInRedis, OldValuesOfARestartedServerAreComparedBeforeTheyAreServed) {
  ASSERT_TRUE(join(first_));
  restart_with_an_old_file();
  EXPECT_TRUE(
      run_until([&] { return run(first_.cache.wait_until_connected(soon())).has_value(); }));
  EXPECT_FALSE(get(first_, "a").has_value())
      << "the lease has not ended, but the server is another";
  ASSERT_TRUE(join(first_));
  EXPECT_EQ(std::get<domain::Flag>(get(first_, "a").value()).version, 9U);
}

TEST_F(FleetInRedis, ControlWithoutComparingServersTheOldValueIsServed) {
  Process careless(context_, server_.url(), application::ComparesServers::no);
  ASSERT_TRUE(join(careless));
  restart_with_an_old_file();
  ASSERT_TRUE(run_until(
      [&] { return run(careless.membership.beat(production)) && get(careless, "a").has_value(); }));
  EXPECT_EQ(std::get<domain::Flag>(get(careless, "a").value()).version, 3U);
}

TEST_F(FleetInRedis, AnAnnouncementIsHeardAndConfirmedByTheOthers) {
  ASSERT_TRUE(join(first_));
  ASSERT_TRUE(join(second_));
  (void)full_heartbeat(first_);
  (void)full_heartbeat(second_);
  const auto member = run(first_.fleet.announce(production, {}, 0, soon())).value();
  EXPECT_THAT(member.members, ElementsAre(second_.fleet.id()));

  // An epoch that is old enough: nobody waits for its age.
  ASSERT_TRUE(run_until([&] {
    full_heartbeat(second_);
    return run(first_.fleet.announce(production, {}, 0, soon())).value().epoch_age > 1s;
  }));
  const auto snapshot = first_.cache.snapshot(production).value();
  const auto began = std::chrono::steady_clock::now();
  const auto written =
      run(first_.announcer.write(production, {{sample_flag("a", 2), 1min}}, snapshot));
  EXPECT_TRUE(written.announced);
  EXPECT_THAT(written.report.outcomes, ElementsAre(WriteOutcome::written));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 900ms) << "confirmed before the lease ended";
  EXPECT_THAT(second_.heard, ElementsAre("a"));
  EXPECT_TRUE(server_.command({"GET", "feature_flags:production:a"})
                  .text.starts_with(R"({"v":"0000000000000002")"));
}

TEST_F(FleetInRedis, AWriteIsThereWhenItsAnnouncementIsHeard) {
  // Who hears of it asks Redis again: an announcement that came first would let him keep the old.
  ASSERT_TRUE(join(second_));
  (void)full_heartbeat(second_);
  TcpGate gate(server_.port());
  Process writer(context_, "redis://127.0.0.1:" + std::to_string(gate.port()));
  ASSERT_TRUE(join(writer));
  const auto snapshot = writer.cache.snapshot(production).value();
  // So slow that Redis gets the two one after the other.
  gate.set_bytes_per_second(40'000);
  for (domain::Version version = 2; version < 6; ++version) {
    // A server that has forgotten all scripts must not turn them round either.
    server_.run({"SCRIPT", "FLUSH"});
    std::string found;
    second_.on_heard = [&] { found = server_.command({"GET", "feature_flags:production:a"}).text; };
    (void)run(writer.fleet.write_and_announce(production, {{sample_flag("a", version), 1min}},
                                              snapshot, 0, soon()))
        .value();
    ASSERT_TRUE(run_until([&] { return second_.heard.size() == version - 1; }));
    EXPECT_THAT(found, testing::StartsWith(R"({"v":"000000000000000)" + std::to_string(version)));
  }
  second_.on_heard = nullptr;
}

TEST_F(FleetInRedis, WhatTheFenceRefusesIsToldAndAnnouncedAllTheSame) {
  ASSERT_TRUE(join(first_));
  ASSERT_TRUE(join(second_));
  (void)full_heartbeat(second_);
  auto snapshot = first_.cache.snapshot(production).value();
  const auto write = [&](domain::Version version) {
    return run(first_.fleet.write_and_announce(production, {{sample_flag("a", version), 1min}},
                                               snapshot, 0, soon()))
        .value()
        .report;
  };
  EXPECT_THAT(write(3).outcomes, ElementsAre(WriteOutcome::written));
  EXPECT_THAT(write(2).outcomes, ElementsAre(WriteOutcome::newer_present));
  const auto epoch = std::exchange(snapshot.epoch, "another");
  EXPECT_THAT(write(4).outcomes, ElementsAre(WriteOutcome::too_old));
  snapshot.epoch = epoch;
  snapshot.server = "another";
  EXPECT_THAT(write(4).outcomes, ElementsAre(WriteOutcome::too_old));
  EXPECT_TRUE(run_until([&] { return second_.heard.size() == 4; }));
}

TEST_F(FleetInRedis, AWriteThatFindsNoMemoryIsToldAsFailed) {
  ASSERT_TRUE(join(first_));
  const auto snapshot = first_.cache.snapshot(production).value();
  server_.run({"CONFIG", "SET", "maxmemory", "1"});
  const auto answer = run(first_.fleet.write_and_announce(production, {{sample_flag("a", 2), 1min}},
                                                          snapshot, 0, soon()));
  server_.run({"CONFIG", "SET", "maxmemory", "0"});
  ASSERT_TRUE(answer.has_value());
  EXPECT_THAT(answer->report.outcomes, ElementsAre(WriteOutcome::failed));
  ASSERT_TRUE(answer->report.error.has_value());
  EXPECT_THAT(answer->report.error->message, testing::HasSubstr("maxmemory"));
}

TEST_F(FleetInRedis, WhoseLeaseHasEndedIsNoMember) {
  ASSERT_TRUE(join(first_));
  (void)full_heartbeat(second_);
  ASSERT_TRUE(run(second_.fleet.beat(production, 1ms, true, soon())).has_value());
  EXPECT_TRUE(run_until([&] {
    return run(first_.fleet.announce(production, {}, 0, soon())).value().members.empty();
  }));
  EXPECT_FALSE(heartbeat(second_).was_member);
  EXPECT_TRUE(heartbeat(second_).was_member);
}

TEST_F(FleetInRedis, WhoLeavesIsNoMember) {
  ASSERT_TRUE(join(first_));
  (void)full_heartbeat(second_);
  auto leave = [](RedisFleet& fleet) -> application::Task<bool> {
    co_await fleet.leave(soon());
    co_return true;
  };
  run(leave(second_.fleet));
  EXPECT_THAT(run(first_.fleet.announce(production, {}, 0, soon())).value().members, IsEmpty());
}

TEST_F(FleetInRedis, ALostSubscriptionComesBackAsAnotherOne) {
  const auto before = full_heartbeat(first_).subscription;
  server_.run({"CLIENT", "KILL", "TYPE", "pubsub"});
  ASSERT_TRUE(run_until([&] {
    const auto now = heartbeat(first_).subscription;
    return now != 0 && now != before;
  }));
  run(second_.fleet.announce(production, {{flag_key("a"), 2}}, 0, soon())).value();
  EXPECT_TRUE(run_until([&] { return first_.heard == std::vector<std::string>{"a"}; }))
      << "it listens to the changes again";
}

TEST_F(FleetInRedis, AFleetThatIsJoinedWhileConnectingIsHeard) {
  // The channel is asked for at every moment of a handshake that takes its time.
  ASSERT_TRUE(join(first_));
  for (int delay = 0; delay < 10; ++delay) {
    TcpGate gate(server_.port());
    gate.set_delay(std::chrono::milliseconds(5));
    Process late(context_, "redis://127.0.0.1:" + std::to_string(gate.port()));
    context_.restart();
    context_.run_for(std::chrono::milliseconds(3 * delay));
    (void)full_heartbeat(late);
    run(first_.fleet.announce(production, {{flag_key("a"), 2}}, 0, soon())).value();
    EXPECT_TRUE(run_until([&] { return late.heard == std::vector<std::string>{"a"}; })) << delay;
  }
}

TEST_F(FleetInRedis, ATurnIsOneProcessesUntilItsLifeEnds) {
  ASSERT_TRUE(join(first_));
  ASSERT_TRUE(join(second_));
  const auto take = [&](Process& process, const std::string& work, std::chrono::milliseconds life) {
    return run(process.fleet.take_turn(production, work, life, soon())).value();
  };
  EXPECT_TRUE(take(first_, "sweep", 1h));
  EXPECT_FALSE(take(second_, "sweep", 1h));
  EXPECT_FALSE(take(first_, "sweep", 1h)) << "its own turn too";
  EXPECT_TRUE(take(second_, "another-work", 1h));
  ASSERT_TRUE(run(second_.fleet.keep_turn(production, "sweep", 1ms, soon())).has_value());
  EXPECT_TRUE(run_until([&] { return take(second_, "sweep", 1h); })) << "its life has ended";
  EXPECT_FALSE(take(first_, "sweep", 1h));
  const auto life = server_.command({"PTTL", adapters::redis::fleet_key(production, "turn:sweep")});
  EXPECT_GT(life.integer, 3'500'000);
}

TEST_F(FleetInRedis, EntriesAreListedPageByPage) {
  for (int i = 0; i < 2'500; ++i) {
    server_.run({"SET", "feature_flags:production:f" + std::to_string(i), "x"});
  }
  server_.run({"SET", "feature_flags:staging:other", "x"});
  server_.run({"SET", "feature_flags:production:no flag key", "x"});
  (void)full_heartbeat(first_);
  std::set<std::string> keys;
  std::string from;
  do {
    auto page = run(first_.fleet.list_entries(production, from, soon())).value();
    EXPECT_GT(page.cache_time_ms, 0);
    for (const auto& key : page.keys) keys.insert(key.text());
    from = page.next;
  } while (!from.empty());
  EXPECT_EQ(keys.size(), 2'500U);
  EXPECT_FALSE(keys.contains("other"));
}

}  // namespace
}  // namespace hearth::test_support
