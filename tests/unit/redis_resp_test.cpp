#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "adapters/redis/resp.hpp"

namespace hearth::adapters::redis {
namespace {

using Type = Reply::Type;

/// The same reply as another parser of the protocol understood it.
Reply converted(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS: return {Type::text, std::string(reply.str, reply.len), 0, {}};
    case REDIS_REPLY_ERROR: return {Type::error, std::string(reply.str, reply.len), 0, {}};
    case REDIS_REPLY_INTEGER: return {Type::integer, {}, reply.integer, {}};
    case REDIS_REPLY_ARRAY: {
      Reply array{Type::array, {}, 0, {}};
      for (std::size_t i = 0; i < reply.elements; ++i) {
        array.elements.push_back(converted(*reply.element[i]));
      }
      return array;
    }
    default: return {};
  }
}

/// What hiredis' reader makes of `bytes`; nothing if it wants more of them or refuses them.
std::optional<Reply> read_by_hiredis(std::string_view bytes) {
  const std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader(redisReaderCreate(),
                                                                        &redisReaderFree);
  redisReaderFeed(reader.get(), bytes.data(), bytes.size());
  void* reply = nullptr;
  if (redisReaderGetReply(reader.get(), &reply) != REDIS_OK || reply == nullptr) return {};
  const std::unique_ptr<void, decltype(&freeReplyObject)> owner(reply, &freeReplyObject);
  return converted(*static_cast<redisReply*>(reply));
}

/// The reply that `bytes` hold, and nothing but it.
std::optional<Reply> read_whole(std::string_view bytes) {
  const auto parsed = parse_reply(bytes);
  if (!parsed || !*parsed || (*parsed)->size != bytes.size()) return std::nullopt;
  return (*parsed)->reply;
}

TEST(RespParser, EveryTypeIsReadAsHiredisReadsIt) {
  const auto great = std::to_string(std::numeric_limits<std::int64_t>::max());
  const auto least = std::to_string(std::numeric_limits<std::int64_t>::min());
  const std::vector<std::pair<std::string, Reply>> table{
      {"+OK\r\n", {Type::text, "OK", 0, {}}},
      {"+\r\n", {Type::text, "", 0, {}}},
      {"-ERR no\r\n", {Type::error, "ERR no", 0, {}}},
      {":0\r\n", {Type::integer, {}, 0, {}}},
      {":-17\r\n", {Type::integer, {}, -17, {}}},
      {":" + great + "\r\n", {Type::integer, {}, std::numeric_limits<std::int64_t>::max(), {}}},
      {":" + least + "\r\n", {Type::integer, {}, std::numeric_limits<std::int64_t>::min(), {}}},
      {"$5\r\nhello\r\n", {Type::text, "hello", 0, {}}},
      {"$0\r\n\r\n", {Type::text, "", 0, {}}},
      {"$4\r\n\r\n\r\n\r\n", {Type::text, "\r\n\r\n", 0, {}}},
      {std::string("$3\r\na\0b\r\n", 9), {Type::text, std::string("a\0b", 3), 0, {}}},
      {"$-1\r\n", {}},
      {"*-1\r\n", {}},
      {"*0\r\n", {Type::array, {}, 0, {}}},
      {"*2\r\n$-1\r\n*1\r\n:7\r\n",
       {Type::array, {}, 0, {Reply{}, {Type::array, {}, 0, {{Type::integer, {}, 7, {}}}}}}},
  };
  for (const auto& [bytes, expected] : table) {
    EXPECT_EQ(read_whole(bytes), expected) << bytes;
    EXPECT_EQ(read_by_hiredis(bytes), expected) << bytes;
  }
}

TEST(RespParser, TakesOneReplyFromTheFront) {
  const auto parsed = parse_reply(":1\r\n:2\r\n+three");
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->size, 4u);
  EXPECT_EQ((*parsed)->reply.integer, 1);
}

/// A random valid reply as its bytes.
std::string random_reply(std::mt19937_64& random, int levels) {
  const auto below = [&random](std::uint64_t bound) { return random() % bound; };
  const auto text = [&](const char* alphabet_end) {
    std::string bytes;
    for (auto length = below(20); length > 0; --length) {
      bytes += static_cast<char>(alphabet_end != nullptr ? ' ' + below(90) : below(256));
    }
    return bytes;
  };
  const char* printable = "printable";
  switch (below(levels > 0 ? 7 : 5)) {
    case 0: return "+" + text(printable) + "\r\n";
    case 1: return "-" + text(printable) + "\r\n";
    case 2: return ":" + std::to_string(static_cast<std::int64_t>(random()) >> below(64)) + "\r\n";
    case 3: return below(2) == 0 ? "$-1\r\n" : "*-1\r\n";
    case 4: {
      const auto bytes = text(nullptr);
      return "$" + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
    }
    default: {
      const auto count = below(5);
      auto bytes = "*" + std::to_string(count) + "\r\n";
      for (std::uint64_t i = 0; i < count; ++i) bytes += random_reply(random, levels - 1);
      return bytes;
    }
  }
}

TEST(RespParser, RandomRepliesAgreeWithHiredis) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 20'000; ++round) {
    const auto bytes = random_reply(random, 4);
    const auto expected = read_by_hiredis(bytes);
    ASSERT_TRUE(expected) << bytes;
    ASSERT_EQ(read_whole(bytes), expected) << bytes;
  }
}

TEST(RespParser, EveryCutNeedsMore) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 1000; ++round) {
    const auto bytes = random_reply(random, 3);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const auto parsed = parse_reply(std::string_view(bytes).substr(0, cut));
      ASSERT_TRUE(parsed) << bytes << " cut at " << cut << ": " << parsed.error().message;
      ASSERT_FALSE(*parsed) << bytes << " cut at " << cut;
    }
  }
}

TEST(RespParser, WhatIsNoRespIsRefused) {
  for (const auto* bytes :
       {"\r\n", "x\r\n", "OK\r\n", ":\r\n", ":x\r\n", ":1x\r\n", ":1.5\r\n", ": 1\r\n",
        ":9223372036854775808\r\n", "$\r\n", "$x\r\n", "$-2\r\n", "$3\r\nabcde", "$3\r\nabcd\r\n",
        "*x\r\n", "*-2\r\n", "*1\r\nx\r\n", "*2\r\n:1\r\n:x\r\n", "HTTP/1.1 400 Bad Request\r\n"}) {
    const auto parsed = parse_reply(bytes);
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_EQ(parsed.error().code, domain::ErrorCode::unavailable) << bytes;
  }
}

TEST(RespParser, LimitsAreKept) {
  const auto refused = [](const std::string& bytes) { return !parse_reply(bytes).has_value(); };
  EXPECT_FALSE(refused("$16777216\r\n"));
  EXPECT_TRUE(refused("$16777217\r\n"));
  EXPECT_TRUE(refused("$9223372036854775807\r\n"));
  EXPECT_FALSE(refused("*1048576\r\n"));
  EXPECT_TRUE(refused("*1048577\r\n"));
  EXPECT_TRUE(refused("*9223372036854775807\r\n"));
  const auto nested = [](int levels) {
    std::string bytes;
    for (int i = 0; i < levels; ++i) bytes += "*1\r\n";
    return bytes + ":1\r\n";
  };
  EXPECT_FALSE(refused(nested(8)));
  EXPECT_TRUE(refused(nested(9)));
  EXPECT_TRUE(refused(nested(100'000)));
  EXPECT_TRUE(refused("+" + std::string(100'000, 'a')));  // a line that never ends
}

TEST(RespParser, GarbageNeverCrashes) {
  std::mt19937_64 random(7);
  constexpr std::string_view alphabet = "+-:$*\r\n0123456789-x";
  int understood = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes;
    for (auto length = random() % 24; length > 0; --length) {
      bytes +=
          random() % 4 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    }
    const auto parsed = parse_reply(bytes);
    if (!parsed || !*parsed) continue;
    ++understood;
    ASSERT_GT((*parsed)->size, 0u);
    ASSERT_LE((*parsed)->size, bytes.size());
  }
  EXPECT_GT(understood, 100);  // else the garbage is too wild to reach the parser's depths
}

TEST(RespParser, DamagedRepliesNeverCrash) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 50'000; ++round) {
    auto bytes = random_reply(random, 4);
    for (int i = 0; i < 2; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto parsed = parse_reply(bytes);
    if (parsed && *parsed) {
      ASSERT_LE((*parsed)->size, bytes.size());
    }
  }
}

/// Fails unless what is recognised in `bytes` is what the parser finds there. True: it is
/// recognised.
bool is_recognised_alike(std::string_view bytes) {
  const auto recognised = recognise_text(bytes);
  if (!recognised) return false;
  const auto parsed = parse_reply(bytes);
  if (!parsed || !*parsed || (*parsed)->size != recognised->size) {
    ADD_FAILURE() << "not for the parser: " << bytes;
    return true;
  }
  const auto& reply = (*parsed)->reply;
  EXPECT_EQ(reply.type, recognised->text ? Type::text : Type::null) << bytes;
  EXPECT_EQ(reply.text, recognised->text.value_or("")) << bytes;
  return true;
}

TEST(RespTexts, AreRecognisedWhereTheyLie) {
  EXPECT_TRUE(is_recognised_alike("$5\r\nhello\r\n$-1\r\n"));
  EXPECT_TRUE(is_recognised_alike("$0\r\n\r\n"));
  EXPECT_TRUE(is_recognised_alike("$-1\r\n"));
  for (const auto* bytes :
       {"", "$", "$5", "$5\r", "$5\r\nhello", "$5\r\nhello\r", "$5\r\nhello!\n", "$x\r\n", "$\r\n",
        "$-2\r\n", "$-", "+OK\r\n", "-ERR\r\n", ":5\r\n", "*1\r\n$1\r\na\r\n", "$12345678\r\n"}) {
    EXPECT_FALSE(recognise_text(bytes)) << bytes;
  }
}

TEST(RespTexts, RandomAndDamagedRepliesAreRecognisedAlike) {
  std::mt19937_64 random(9);
  int recognised = 0;
  for (int round = 0; round < 100'000 && !testing::Test::HasFailure(); ++round) {
    auto bytes = random_reply(random, 1);
    if (random() % 2 == 0) bytes[random() % bytes.size()] = "$-\r\n0179"[random() % 8];
    recognised += is_recognised_alike(bytes + random_reply(random, 0)) ? 1 : 0;
  }
  EXPECT_GT(recognised, 1000);
}

/// The command as hiredis writes it.
std::string written_by_hiredis(const std::vector<std::string>& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const auto& argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  char* bytes = nullptr;
  const auto size =
      redisFormatCommandArgv(&bytes, static_cast<int>(texts.size()), texts.data(), sizes.data());
  std::string command(bytes, static_cast<std::size_t>(size));
  redisFreeCommand(bytes);
  return command;
}

TEST(Commands, AreWrittenAsHiredisWritesThem) {
  const std::string binary("a\0\r\n\xff", 5);
  Commands commands;
  commands.add({"SET", "key", binary});
  EXPECT_EQ(commands.bytes(), written_by_hiredis({"SET", "key", binary}));
  EXPECT_EQ(commands.count(), 1u);
  Commands empty_argument;
  empty_argument.add({"ECHO", ""});
  EXPECT_EQ(empty_argument.bytes(), written_by_hiredis({"ECHO", ""}));
}

TEST(Commands, PieceByPieceIsTheSame) {
  std::mt19937_64 random(9);
  Commands commands;
  std::string expected;
  for (std::size_t i = 0; i < 300; ++i) {
    std::vector<std::string> arguments(1 + random() % 12);
    for (auto& argument : arguments) {
      for (auto length = random() % 120; length > 0; --length) {
        argument += static_cast<char>(random());
      }
    }
    commands.begin(arguments.size());
    for (const auto& argument : arguments) commands.argument(argument);
    expected += written_by_hiredis(arguments);
    ASSERT_EQ(commands.count(), i + 1);
  }
  EXPECT_EQ(commands.bytes(), expected);
}

TEST(Commands, AppendKeepsOrderAndCount) {
  Commands first;
  Commands second;
  Commands third;
  second.add({"A"});
  third.add({"B"});
  third.add({"C"});
  first.append(std::move(second));
  first.append(std::move(third));
  EXPECT_EQ(first.count(), 3u);
  EXPECT_EQ(first.bytes(),
            written_by_hiredis({"A"}) + written_by_hiredis({"B"}) + written_by_hiredis({"C"}));
}

}  // namespace
}  // namespace hearth::adapters::redis
