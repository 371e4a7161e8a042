// One multiplexed connection against a real Redis that misbehaves.

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <functional>

#include "adapters/redis/connection.hpp"
#include "adapters/redis/timeout_circuit.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"
#include "support/run_task.hpp"
#include "support/tcp_gate.hpp"

namespace hearth::test_support {
namespace {

using adapters::redis::Commands;
using adapters::redis::Connection;
using adapters::redis::ConnectionSettings;
using adapters::redis::Reply;
using domain::ErrorCode;
using namespace std::chrono_literals;

Commands command(std::initializer_list<std::string_view> arguments) {
  Commands commands;
  commands.add(arguments);
  return commands;
}

class RedisConnection : public testing::Test {
 protected:
  RedisConnection() : gate_(server_.port()) {
    settings_.heartbeat_interval = 10min;  // nothing but what a test sends
  }

  void connect(const std::string& url) {
    connection_.emplace(context_.get_executor(), adapters::redis::parse_endpoint(url).value(),
                        settings_, std::vector<std::string>{});
  }
  void connect_through_gate() {
    connect("redis://127.0.0.1:" + std::to_string(gate_.port()));
    ASSERT_TRUE(wait_until_connected());
  }
  bool wait_until_connected() {
    return run_task(context_, connection_->wait_until_connected(application::deadline_in(5s)))
        .has_value();
  }
  domain::Result<std::vector<Reply>> execute(Commands commands,
                                             std::chrono::milliseconds allowed = 5000ms) {
    return run_task(context_,
                    connection_->execute(std::move(commands), application::deadline_in(allowed)));
  }
  /// What a GET finds, copied; absence is "(nothing)".
  using Found = std::optional<domain::Result<std::string>>;

  void get(std::string_view key, std::chrono::milliseconds allowed, Found& found) {
    const auto deadline = application::deadline_in(allowed);
    ASSERT_TRUE(connection_->check_room(deadline).has_value());
    connection_->get(key, deadline, [&found](domain::Result<adapters::redis::TextView> text) {
      ASSERT_FALSE(found) << "told twice";
      if (!text) {
        found.emplace(std::unexpected(text.error()));
      } else {
        found.emplace(text->value_or("(nothing)"));
      }
    });
  }
  domain::Result<std::string> get(std::string_view key,
                                  std::chrono::milliseconds allowed = 5000ms) {
    Found found;
    get(key, allowed, found);
    EXPECT_TRUE(run_until([&] { return found.has_value(); }));
    return found.value();
  }

  template <class Predicate>
  bool run_until(Predicate predicate) {
    return eventually(5s, [&] {
      context_.restart();
      context_.run_for(2ms);
      return predicate();
    });
  }

  RedisServer server_;
  TcpGate gate_;
  ConnectionSettings settings_;
  boost::asio::io_context context_{1};
  std::optional<Connection> connection_;
};

TEST_F(RedisConnection, MatchesRepliesInOrderAndSendsOnePieceInOneWrite) {
  connect_through_gate();
  gate_.reset_counts();
  Commands commands;
  for (int i = 0; i < 100; ++i) commands.add({"ECHO", std::to_string(i)});
  const auto replies = execute(std::move(commands)).value();
  ASSERT_EQ(replies.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(replies[i].text, std::to_string(i));
  EXPECT_EQ(gate_.to_server().chunks, 1U);
}

TEST_F(RedisConnection, CommandsOfOneTurnShareAWrite) {
  connect_through_gate();
  gate_.reset_counts();
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    auto ask = [](Connection& connection, int number, int& count) -> application::Task<void> {
      auto asked = command({"ECHO", std::to_string(number)});
      const auto replies =
          co_await connection.execute(std::move(asked), application::deadline_in(5s));
      EXPECT_EQ(replies.value().front().text, std::to_string(number));
      ++count;
    };
    boost::asio::co_spawn(context_, ask(*connection_, i, answered), boost::asio::detached);
  }
  ASSERT_TRUE(run_until([&] { return answered == 50; }));
  EXPECT_EQ(gate_.to_server().chunks, 1U) << "implicit pipelining";
}

TEST_F(RedisConnection, CommandsOfSeveralTurnsShareAWriteWhileRedisIsBusy) {
  connect_through_gate();
  gate_.reset_counts();
  server_.pause();
  Found busy;
  get("busy", 5000ms, busy);
  ASSERT_TRUE(run_until([&] { return gate_.to_server().chunks == 1; }));
  constexpr std::size_t turns = 10;
  std::array<Found, turns> found;
  std::function<void(std::size_t)> ask = [&](std::size_t number) {
    if (number == turns) return;
    get("none", 5000ms, found[number]);
    boost::asio::post(context_, [&ask, number] { ask(number + 1); });
  };
  ask(0);
  ASSERT_TRUE(run_until([&] { return gate_.to_server().chunks > 1; }))
      << "it does not wait for Redis";
  EXPECT_FALSE(busy);
  server_.resume();
  ASSERT_TRUE(run_until([&] { return std::ranges::all_of(found, &Found::has_value); }));
  EXPECT_EQ(gate_.to_server().chunks, 2U);
}

TEST_F(RedisConnection, WhoIsAloneWithABusyRedisIsWrittenAtOnce) {
  connect_through_gate();
  gate_.reset_counts();
  server_.pause();
  std::array<Found, 3> found;
  for (std::size_t i = 0; i < found.size(); ++i) {
    get("none", 5000ms, found[i]);
    ASSERT_TRUE(run_until([&] { return gate_.to_server().chunks == i + 1; })) << i;
  }
  server_.resume();
  ASSERT_TRUE(run_until([&] { return std::ranges::all_of(found, &Found::has_value); }));
}

TEST_F(RedisConnection, LogsInWithPasswordAndChoosesTheDatabase) {
  RedisServer locked({.password = "open sesame!", .settings = {}});
  connect("redis://:open%20sesame%21@127.0.0.1:" + std::to_string(locked.port()) + "/3");
  ASSERT_TRUE(wait_until_connected());
  execute(command({"SET", "here", "1"})).value();
  const auto keyspace = locked.command({"INFO", "keyspace"}).text;
  EXPECT_THAT(keyspace, testing::HasSubstr("db3:keys=1"));
}

TEST_F(RedisConnection, AWrongPasswordIsSaidAndNeverPrinted) {
  RedisServer locked({.password = "right", .settings = {}});
  connect("redis://:wrong-secret@127.0.0.1:" + std::to_string(locked.port()));
  const auto reached =
      run_task(context_, connection_->wait_until_connected(application::deadline_in(300ms)));
  ASSERT_FALSE(reached.has_value());
  EXPECT_THAT(reached.error().message, testing::HasSubstr("WRONGPASS"));
  EXPECT_THAT(reached.error().message, testing::Not(testing::HasSubstr("wrong-secret")));
}

TEST_F(RedisConnection, AnswersUnavailableAtOnceWhileRedisIsAway) {
  server_.stop();
  connect(server_.url());
  ASSERT_FALSE(
      run_task(context_, connection_->wait_until_connected(application::deadline_in(200ms))));
  const auto begin = std::chrono::steady_clock::now();
  const auto replies = execute(command({"PING"}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 50ms);
  ASSERT_FALSE(replies.has_value());
  EXPECT_EQ(replies.error().code, ErrorCode::unavailable);
  EXPECT_THAT(replies.error().message, testing::HasSubstr("cannot be reached"));
}

TEST_F(RedisConnection, ComesBackByItselfAfterARestart) {
  connect_through_gate();
  server_.stop();
  gate_.cut();
  ASSERT_TRUE(run_until([&] { return !connection_->server_time_ms().has_value(); }));
  server_.start();
  ASSERT_TRUE(wait_until_connected());
  EXPECT_EQ(execute(command({"PING"})).value().front().text, "PONG");
  EXPECT_EQ(connection_->counters().connects, 2U);
}

TEST_F(RedisConnection, FailsWhatIsPendingWhenTheConnectionIsCut) {
  connect_through_gate();
  gate_.set_delay(2000ms);
  std::optional<domain::Result<std::vector<Reply>>> answer;
  auto ask = [](Connection& connection, auto& result) -> application::Task<void> {
    auto ping = command({"PING"});
    result = co_await connection.execute(std::move(ping), application::deadline_in(20s));
  };
  boost::asio::co_spawn(context_, ask(*connection_, answer), boost::asio::detached);
  ASSERT_TRUE(run_until([&] { return gate_.to_server().bytes > 0; }));
  gate_.cut();
  ASSERT_TRUE(run_until([&] { return answer.has_value(); }));
  ASSERT_FALSE(answer->has_value());
  EXPECT_EQ(answer->error().code, ErrorCode::unavailable);
}

TEST_F(RedisConnection, KeepsTheDeadlineWhenRedisHangsAndGivesUpSoon) {
  connect_through_gate();
  server_.pause();
  int timeouts = 0;
  domain::ErrorCode last = ErrorCode::internal;
  const auto first = std::chrono::steady_clock::now();
  for (int i = 0; i < 20 && last != ErrorCode::unavailable; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto replies = execute(command({"PING"}), 50ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms);
    ASSERT_FALSE(replies.has_value());
    last = replies.error().code;
    if (last == ErrorCode::deadline_exceeded) ++timeouts;
  }
  EXPECT_EQ(last, ErrorCode::unavailable) << "from here on nobody waits for it";
  EXPECT_GE(timeouts, 2) << "one moment of silence is not the end";
  EXPECT_GE(std::chrono::steady_clock::now() - first, adapters::redis::TimeoutCircuit::patience);
  server_.resume();
  EXPECT_TRUE(wait_until_connected());
  EXPECT_EQ(execute(command({"PING"})).value().front().text, "PONG");
}

TEST_F(RedisConnection, ALateReplyGoesToNobodyElse) {
  connect_through_gate();
  gate_.set_delay(120ms);
  const auto late = execute(command({"ECHO", "late"}), 50ms);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
  gate_.set_delay(0ms);
  EXPECT_EQ(execute(command({"ECHO", "next"})).value().front().text, "next");
}

TEST_F(RedisConnection, GetFindsTextsWherePiecesOfThemArriveOneByOne) {
  connect_through_gate();
  const std::string large(100'000, 'x');
  execute(command({"MSET", "a", "1", "empty", "", "large", large})).value();
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("empty"), "");
  EXPECT_EQ(get("none"), "(nothing)");
  gate_.set_bytes_per_second(1'000'000);
  EXPECT_EQ(get("large"), large);
}

TEST_F(RedisConnection, GetAndCommandsShareAWriteAndKeepTheirOrder) {
  connect_through_gate();
  execute(command({"SET", "a", "1"})).value();
  gate_.reset_counts();
  Found first;
  Found last;
  get("a", 5000ms, first);
  std::optional<domain::Result<std::vector<Reply>>> between;
  auto ask = [](Connection& connection, auto& result) -> application::Task<void> {
    auto commands = command({"ECHO", "b"});
    result = co_await connection.execute(std::move(commands), application::deadline_in(5s));
  };
  boost::asio::co_spawn(context_, ask(*connection_, between), boost::asio::detached);
  context_.restart();
  context_.poll_one();
  get("none", 5000ms, last);
  ASSERT_TRUE(run_until([&] { return first && between && last; }));
  EXPECT_EQ(first.value(), "1");
  EXPECT_EQ(between->value().front().text, "b");
  EXPECT_EQ(last.value(), "(nothing)");
}

TEST_F(RedisConnection, GetTellsAKeyOfAnotherTypeFromAServerThatRefuses) {
  connect_through_gate();
  execute(command({"LPUSH", "list", "1"})).value();
  EXPECT_EQ(get("list"), "(nothing)");
  execute(command({"ACL", "SETUSER", "default", "-get"})).value();
  const auto refused = get("list");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("NOPERM"));
}

TEST_F(RedisConnection, ALateTextGoesToNobodyElse) {
  connect_through_gate();
  execute(command({"MSET", "late", "1", "next", "2"})).value();
  gate_.set_delay(120ms);
  const auto begin = std::chrono::steady_clock::now();
  const auto late = get("late", 50ms);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(connection_->counters().timeouts, 1U);
  gate_.set_delay(0ms);
  EXPECT_EQ(get("next"), "2");
}

TEST_F(RedisConnection, AnEarlierDeadlineIsNoticedBeforeTheOneThatWasThereFirst) {
  connect_through_gate();
  server_.pause();
  Found patient;
  Found hasty;
  get("a", 20s, patient);
  get("a", 30ms, hasty);
  ASSERT_TRUE(run_until([&] { return hasty.has_value(); }));
  EXPECT_EQ(hasty->error().code, ErrorCode::deadline_exceeded);
  EXPECT_FALSE(patient);
  server_.resume();
  ASSERT_TRUE(run_until([&] { return patient.has_value(); }));
  EXPECT_EQ(patient.value(), "(nothing)");
}

TEST_F(RedisConnection, GetsThatExpireTogetherAreOneMomentOfSilence) {
  connect_through_gate();
  server_.pause();
  std::size_t moments = 0;
  while (connection_->is_ready() && moments < 50) {
    ++moments;
    std::array<Found, 20> found;
    for (auto& one : found) get("a", 40ms, one);
    ASSERT_TRUE(run_until([&] { return found.front() && found.back(); }));
    for (const auto& one : found) EXPECT_EQ(one->error().code, ErrorCode::deadline_exceeded);
  }
  EXPECT_FALSE(connection_->is_ready()) << "given up";
  EXPECT_GE(moments, 2U) << "one moment of silence is not the end";
  EXPECT_EQ(connection_->counters().timeouts, 20 * moments);
  server_.resume();
}

TEST_F(RedisConnection, GetsThatExpireOneByOneEndTheConnectionToo) {
  connect_through_gate();
  server_.pause();
  std::array<Found, 20> found;
  for (std::size_t i = 0; i < found.size(); ++i) get("a", 40ms * (i + 1), found.at(i));
  ASSERT_TRUE(run_until([&] { return found.back().has_value(); }));
  EXPECT_EQ(found.front()->error().code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(found.back()->error().code, ErrorCode::unavailable) << "nobody waits any longer";
  server_.resume();
}

TEST_F(RedisConnection, GetsFailWhenTheConnectionIsCutAndAreForgottenWithIt) {
  connect_through_gate();
  gate_.set_delay(2000ms);
  Found cut;
  get("a", 20s, cut);
  ASSERT_TRUE(run_until([&] { return gate_.to_server().bytes > 0; }));
  gate_.cut();
  ASSERT_TRUE(run_until([&] { return cut.has_value(); }));
  EXPECT_EQ(cut->error().code, ErrorCode::unavailable);
  gate_.set_delay(0ms);
  ASSERT_TRUE(wait_until_connected());
  Found forgotten;
  get("a", 20ms, forgotten);
  connection_.reset();
  context_.restart();
  context_.run_for(60ms);
  EXPECT_FALSE(forgotten) << "its owner may be gone";
}

TEST_F(RedisConnection, HeartbeatNoticesASilentServer) {
  settings_.heartbeat_interval = 50ms;
  settings_.heartbeat_timeout = 50ms;
  connect_through_gate();
  gate_.set_black_hole(true);
  EXPECT_TRUE(run_until([&] { return !connection_->server_time_ms().has_value(); }));
}

TEST_F(RedisConnection, HeartbeatKeepsTheServersTimeFresh) {
  settings_.heartbeat_interval = 20ms;
  connect_through_gate();
  const auto first = connection_->server_time_ms().value();
  EXPECT_TRUE(run_until([&] { return connection_->server_time_ms().value() > first; }));
}

TEST_F(RedisConnection, RefusesMoreThanItsQueueHolds) {
  settings_.most_pending_replies = 10;
  connect_through_gate();
  Commands commands;
  for (int i = 0; i < 11; ++i) commands.add({"PING"});
  const auto replies = execute(std::move(commands));
  ASSERT_FALSE(replies.has_value());
  EXPECT_EQ(replies.error().code, ErrorCode::unavailable);
  EXPECT_THAT(replies.error().message, testing::HasSubstr("Too many"));
}

TEST_F(RedisConnection, ConnectingToABlackHoleEndsInTime) {
  gate_.set_black_hole(true);
  settings_.connect_timeout = 100ms;
  connect("redis://127.0.0.1:" + std::to_string(gate_.port()));
  const auto reached =
      run_task(context_, connection_->wait_until_connected(application::deadline_in(500ms)));
  ASSERT_FALSE(reached.has_value());
  EXPECT_THAT(reached.error().message, testing::HasSubstr("did not answer"));
}

}  // namespace
}  // namespace hearth::test_support
