#include <gtest/gtest.h>

#include <string>

#include "adapters/redis/handshake.hpp"

namespace hearth::adapters::redis {
namespace {

Reply text(std::string words) {
  Reply reply;
  reply.type = Reply::Type::text;
  reply.text = std::move(words);
  return reply;
}

Reply error(std::string words) {
  auto reply = text(std::move(words));
  reply.type = Reply::Type::error;
  return reply;
}

Reply time_of(std::string seconds, std::string microseconds) {
  Reply reply;
  reply.type = Reply::Type::array;
  reply.elements = {text(std::move(seconds)), text(std::move(microseconds))};
  return reply;
}

std::string bytes(std::initializer_list<std::initializer_list<std::string_view>> all) {
  Commands commands;
  for (const auto& one : all) commands.add(one);
  return std::string(commands.bytes());
}

TEST(Handshake, LogsInBeforeItAsksForAnything) {
  Endpoint endpoint;
  EXPECT_EQ(commands_handshake(endpoint, {"return 1"}).bytes(),
            bytes({{"SCRIPT", "LOAD", "return 1"}, {"INFO", "server"}, {"TIME"}}));
  endpoint.password = "secret";
  endpoint.database = 3;
  EXPECT_EQ(subscription_handshake(endpoint, {"a", "b"}).bytes(),
            bytes({{"AUTH", "secret"}, {"SELECT", "3"}, {"SUBSCRIBE", "a"}, {"SUBSCRIBE", "b"}}));
  endpoint.user = "hearth";
  EXPECT_EQ(subscription_handshake(endpoint, {}).bytes(),
            bytes({{"AUTH", "hearth", "secret"}, {"SELECT", "3"}}));
}

TEST(Handshake, WhatTheServerRefusesIsSaidWithoutThePassword) {
  Endpoint endpoint;
  endpoint.host = "cache";
  EXPECT_FALSE(refusal(endpoint, {text("OK"), text("OK")}));
  const auto plain = refusal(endpoint, {text("OK"), error("NOPERM no 'info' for you")});
  ASSERT_TRUE(plain);
  EXPECT_NE(plain->message.find("NOPERM no 'info' for you"), std::string::npos);

  endpoint.password = "secret";
  const auto hidden = refusal(endpoint, {error("ERR unknown command 'AUTH' 'secret'")});
  ASSERT_TRUE(hidden);
  EXPECT_EQ(hidden->message.find("secret"), std::string::npos) << hidden->message;
  EXPECT_TRUE(hidden->message.ends_with("refuses hearth: ERR")) << hidden->message;
}

TEST(Handshake, TellsWhichServerAnsweredAndWhen) {
  const auto facts =
      server_facts({text("OK"), text("# Server\r\nrun_id:0123abcd\r\ntcp_port:6379\r\n"),
                    time_of("12", "3500")});
  EXPECT_EQ(facts.run_id, "0123abcd");
  EXPECT_EQ(facts.time_ms, 12'003);
  const auto silent = server_facts({text("OK"), text("# Server\r\n"), text("what?")});
  EXPECT_TRUE(silent.run_id.empty());
  EXPECT_FALSE(silent.time_ms);
}

}  // namespace
}  // namespace hearth::adapters::redis
