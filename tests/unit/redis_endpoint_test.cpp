#include <gtest/gtest.h>

#include <string>

#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/timeout_circuit.hpp"

namespace hearth::adapters::redis {
namespace {

struct Good {
  const char* url;
  const char* host;
  const char* port;
  const char* socket_path;
  const char* user;
  const char* password;
  int database;
  const char* shown;
};

constexpr Good good[] = {
    {"redis://localhost", "localhost", "6379", "", "", "", 0, "redis://localhost:6379/0"},
    {"redis://localhost/", "localhost", "6379", "", "", "", 0, "redis://localhost:6379/0"},
    {"redis://10.0.0.7:6380/3", "10.0.0.7", "6380", "", "", "", 3, "redis://10.0.0.7:6380/3"},
    {"redis://host:/", "host", "6379", "", "", "", 0, "redis://host:6379/0"},
    {"redis://host:65535/15", "host", "65535", "", "", "", 15, "redis://host:65535/15"},
    {"redis://:pa55@host", "host", "6379", "", "", "pa55", 0, "redis://host:6379/0"},
    {"redis://me:pa55@host:1/2", "host", "1", "", "me", "pa55", 2, "redis://host:1/2"},
    {"redis://:p%40s%2F%3A%25@host", "host", "6379", "", "", "p@s/:%", 0, "redis://host:6379/0"},
    {"redis://m%40e:pw@host", "host", "6379", "", "m@e", "pw", 0, "redis://host:6379/0"},
    {"redis://[::1]:6381/1", "::1", "6381", "", "", "", 1, "redis://[::1]:6381/1"},
    {"unix:///run/redis.sock", "", "", "/run/redis.sock", "", "", 0, "unix:///run/redis.sock"},
    {"unix:///run/redis.sock?db=4", "", "", "/run/redis.sock", "", "", 4, "unix:///run/redis.sock"},
    {"unix://:pa55@/run/redis.sock", "", "", "/run/redis.sock", "", "pa55", 0,
     "unix:///run/redis.sock"},
    {"unix:///run/a%20b.sock", "", "", "/run/a b.sock", "", "", 0, "unix:///run/a b.sock"},
};

TEST(RedisEndpoint, GoodUrlsAreTakenApart) {
  for (const auto& expected : good) {
    const auto endpoint = parse_endpoint(expected.url);
    ASSERT_TRUE(endpoint) << expected.url << ": " << endpoint.error().message;
    EXPECT_EQ(endpoint->host, expected.host) << expected.url;
    EXPECT_EQ(endpoint->port, expected.port) << expected.url;
    EXPECT_EQ(endpoint->socket_path, expected.socket_path) << expected.url;
    EXPECT_EQ(endpoint->user, expected.user) << expected.url;
    EXPECT_EQ(endpoint->password, expected.password) << expected.url;
    EXPECT_EQ(endpoint->database, expected.database) << expected.url;
    EXPECT_EQ(endpoint->shown(), expected.shown) << expected.url;
  }
}

TEST(RedisEndpoint, BadUrlsAreRefused) {
  for (const auto* url : {"",
                          "host",
                          "host:6379",
                          "http://host",
                          "redis:",
                          "redis://",
                          "redis:///3",
                          "redis://:6379",
                          "redis://host:0",
                          "redis://host:65536",
                          "redis://host:999999",
                          "redis://host:6379x",
                          "redis://host:-1",
                          "redis://host/x",
                          "redis://host/-1",
                          "redis://host/1x",
                          "redis://host/1/2",
                          "redis://host/99999999999",
                          "redis://user@host",
                          "redis://ho st",
                          "redis://%zz@host",
                          "unix://",
                          "unix:///",
                          "unix://host/path",
                          "unix:///path?db=x",
                          "unix:///path?db=-1",
                          "unix:///path?db="}) {
    const auto endpoint = parse_endpoint(url);
    EXPECT_FALSE(endpoint) << url << " became " << (endpoint ? endpoint->shown() : "");
    if (endpoint) continue;
    EXPECT_EQ(endpoint.error().code, domain::ErrorCode::validation) << url;
    EXPECT_NE(endpoint.error().message.find("REDIS_URL"), std::string::npos) << url;
  }
}

TEST(RedisEndpoint, TlsIsRefusedWithItsReason) {
  const auto endpoint = parse_endpoint("rediss://:hunter2@host:6380/0");
  ASSERT_FALSE(endpoint);
  EXPECT_NE(endpoint.error().message.find("TLS"), std::string::npos);
}

TEST(RedisEndpoint, MessagesNeverHoldThePassword) {
  for (const auto* url :
       {"rediss://:hunter2@host", "redis://:hunter2@host:0", "redis://:hunter2@host/x",
        "redis://:hunter2@", "redis://u:hunter2@ho st", "http://:hunter2@host",
        "unix://:hunter2@host/path", "unix://:hunter2@/path?db=x", ":hunter2@host",
        "redis://:hunter2%zz@host"}) {
    const auto endpoint = parse_endpoint(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().message.find("hunter2"), std::string::npos) << url;
  }
  EXPECT_EQ(parse_endpoint("redis://u:hunter2@host")->shown().find("hunter2"), std::string::npos);
}

TEST(TimeoutCircuit, GivesUpWhenTimeoutsGoOnInSilence) {
  TimeoutCircuit circuit;
  const TimeoutCircuit::Time first{std::chrono::hours(1)};
  EXPECT_FALSE(circuit.timed_out(first));
  EXPECT_FALSE(circuit.timed_out(first + TimeoutCircuit::patience - std::chrono::milliseconds(1)));
  EXPECT_TRUE(circuit.timed_out(first + TimeoutCircuit::patience));
}

TEST(TimeoutCircuit, AnyReplyCountsFromTheBeginning) {
  TimeoutCircuit circuit;
  TimeoutCircuit::Time now{std::chrono::hours(1)};
  for (int round = 0; round < 10; ++round) {
    EXPECT_FALSE(circuit.timed_out(now));
    now += TimeoutCircuit::patience / 2;
    EXPECT_FALSE(circuit.timed_out(now));
    now += TimeoutCircuit::patience;
    circuit.replied();
  }
}

}  // namespace
}  // namespace hearth::adapters::redis
