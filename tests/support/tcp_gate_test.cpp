#include "support/tcp_gate.hpp"

#include <gtest/gtest.h>

#include <poll.h>
#include <string>

#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/redis_server.hpp"

namespace hearth::test_support {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Uses the raw half of the HTTP client as a plain socket, to speak Redis's inline commands.
class TcpGateTest : public testing::Test {
 protected:
  /// Waits until that many bytes have gone to the client.
  [[nodiscard]] bool client_got(std::uint64_t bytes) {
    return eventually(seconds(10), [&] { return gate_.to_client().bytes >= bytes; });
  }

  RedisServer server_;
  TcpGate gate_{server_.port()};
};

constexpr std::string_view pong = "+PONG\r\n";

TEST_F(TcpGateTest, OneWriteIsOneChunkEachWay) {
  HttpConnection client(gate_.port());
  client.send_bytes("PING\r\n");
  ASSERT_TRUE(client_got(pong.size()));
  gate_.reset_counts();
  std::string commands;
  for (int i = 0; i < 500; ++i) commands += "PING\r\n";
  client.send_bytes(commands);
  ASSERT_TRUE(client_got(500 * pong.size()));
  EXPECT_EQ(gate_.to_server().chunks, 1u);
  EXPECT_EQ(gate_.to_server().bytes, commands.size());
  EXPECT_EQ(gate_.to_client().chunks, 1u);
  EXPECT_EQ(gate_.connections(), 0u) << "since the counts were reset";
}

TEST_F(TcpGateTest, SeparateWritesAreSeparateChunks) {
  HttpConnection client(gate_.port());
  for (std::uint64_t i = 1; i <= 5; ++i) {
    client.send_bytes("PING\r\n");
    ASSERT_TRUE(client_got(i * pong.size()));
  }
  EXPECT_EQ(gate_.to_server().chunks, 5u);
  EXPECT_EQ(gate_.to_client().chunks, 5u);
  EXPECT_EQ(gate_.connections(), 1u);
}

TEST_F(TcpGateTest, MegabytesPassUnharmedToASlowReader) {
  std::string value;
  while (value.size() < 8'000'000) value += std::to_string(value.size()) + " ";
  server_.run({"SET", "large", value});
  HttpConnection client(gate_.port());
  client.send_bytes("GET large\r\n");
  // Nobody reads until the gate holds it all: more than the sockets between them do.
  ASSERT_TRUE(client_got(value.size()));
  const auto head = "$" + std::to_string(value.size()) + "\r\n";
  EXPECT_EQ(client.read_bytes(head.size()), head);
  EXPECT_TRUE(client.read_bytes(value.size()) == value);
}

TEST_F(TcpGateTest, CutClosesConnectionsAndWelcomesNewOnes) {
  HttpConnection first(gate_.port());
  HttpConnection second(gate_.port());
  first.send_bytes("PING\r\n");
  second.send_bytes("PING\r\n");
  ASSERT_TRUE(client_got(2 * pong.size()));
  gate_.cut();
  EXPECT_EQ(gate_.open_connections(), 0u);
  HttpConnection third(gate_.port());
  third.send_bytes("PING\r\n");
  EXPECT_TRUE(client_got(3 * pong.size()));
}

TEST_F(TcpGateTest, CutReachesTheClient) {
  HttpConnection client(gate_.port());
  ASSERT_TRUE(eventually(seconds(10), [&] { return gate_.open_connections() == 1; }));
  gate_.cut();
  EXPECT_TRUE(client.closed_by_server(seconds(10)));
}

TEST_F(TcpGateTest, BlackHoleSwallowsAndStaysOpen) {
  gate_.set_black_hole(true);
  HttpConnection client(gate_.port());
  client.send_bytes("PING\r\n");
  ASSERT_TRUE(eventually(seconds(10), [&] { return gate_.to_server().bytes == 6; }));
  EXPECT_FALSE(client.closed_by_server(milliseconds(50)));
  EXPECT_EQ(gate_.to_client().bytes, 0u);
  EXPECT_EQ(gate_.open_connections(), 1u);
}

TEST_F(TcpGateTest, DelayHoldsEveryChunkBack) {
  HttpConnection client(gate_.port());
  gate_.set_delay(milliseconds(40));
  const auto begin = steady_clock::now();
  client.send_bytes("PING\r\n");
  EXPECT_FALSE(client.closed_by_server(seconds(10)));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(80)) << "there and back";
}

TEST_F(TcpGateTest, LimitOfBytesHoldsALongValueBack) {
  const std::string value(20'000, 'x');
  server_.run({"SET", "large", value});
  HttpConnection client(gate_.port());
  gate_.set_bytes_per_second(100'000);
  const auto begin = steady_clock::now();
  client.send_bytes("GET large\r\n");
  const auto head = "$" + std::to_string(value.size()) + "\r\n";
  EXPECT_EQ(client.read_bytes(head.size()), head);
  EXPECT_TRUE(client.read_bytes(value.size()) == value);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(190)) << "20,000 bytes at 100,000 a second";
}

/// A gate that tells subscriptions from other connections, and a client of either kind.
class MarkingGateTest : public TcpGateTest {
 protected:
  MarkingGateTest() {
    subscription_.send_bytes("sub");
    subscription_.send_bytes("scribe news\r\n");
    commands_.send_bytes("PING\r\n");
    EXPECT_TRUE(eventually(seconds(10), [&] {
      return marking_.marked_connections() == 1 && marking_.open_connections() == 2;
    }));
    EXPECT_EQ(commands_.read_bytes(pong.size()), pong);
    EXPECT_EQ(subscription_.read_bytes(4), "*3\r\n");
  }

  TcpGate marking_{server_.port(), "SUBSCRIBE"};
  HttpConnection subscription_{marking_.port()};
  HttpConnection commands_{marking_.port()};
};

TEST_F(MarkingGateTest, CutOfMarkedConnectionsSparesTheOthers) {
  marking_.cut(TcpGate::Which::marked);
  EXPECT_EQ(marking_.open_connections(), 1u);
  EXPECT_EQ(marking_.marked_connections(), 0u);
  commands_.send_bytes("PING\r\n");
  EXPECT_EQ(commands_.read_bytes(pong.size()), pong);
}

TEST_F(MarkingGateTest, CutOfUnmarkedConnectionsSparesTheMarked) {
  marking_.cut(TcpGate::Which::unmarked);
  EXPECT_EQ(marking_.open_connections(), 1u);
  EXPECT_EQ(marking_.marked_connections(), 1u);
  EXPECT_TRUE(commands_.closed_by_server(seconds(10)));
}

TEST_F(MarkingGateTest, HeldConnectionsGetEverythingLateAndInOrder) {
  const auto rest_of_greeting = std::string_view("$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
  EXPECT_EQ(subscription_.read_bytes(rest_of_greeting.size()), rest_of_greeting);
  marking_.set_held(TcpGate::Which::marked, true);
  server_.run({"PUBLISH", "news", "first"});
  server_.run({"PUBLISH", "news", "second"});
  commands_.send_bytes("PING\r\n");
  EXPECT_EQ(commands_.read_bytes(pong.size()), pong) << "the others go on";
  EXPECT_FALSE(subscription_.closed_by_server(milliseconds(50)));
  marking_.set_held(TcpGate::Which::marked, false);
  const auto message = [](const std::string& text) {
    return "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$" + std::to_string(text.size()) + "\r\n" + text +
           "\r\n";
  };
  const auto expected = message("first") + message("second");
  EXPECT_EQ(subscription_.read_bytes(expected.size()), expected);
}

TEST_F(TcpGateTest, ServerAwayIsAClosedConnection) {
  server_.stop();
  HttpConnection client(gate_.port());
  EXPECT_TRUE(client.closed_by_server(seconds(10)));
}

}  // namespace
}  // namespace hearth::test_support
