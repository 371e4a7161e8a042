#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>

#include "adapters/redis/fenced_set.hpp"
#include "adapters/redis/flag_codec.hpp"
#include "support/flags.hpp"
#include "support/look_up.hpp"

namespace hearth::adapters::redis {
namespace {

using application::CacheLookup;
using application::CacheMiss;
using domain::Flag;
using domain::Timestamp;
using domain::Tombstone;
using domain::Version;
using std::chrono::milliseconds;
using test_support::flag_key;
using test_support::own;
using test_support::sample_flag;

const Timestamp expiry = Timestamp(milliseconds(1'800'000'000'000));

const std::string golden_flag =
    R"({"v":"000000000000002a","key":"new-search","enabled":true,"rolloutPercentage":37,)"
    R"("description":"Flag new-search","createdAt":1767225600123,"updatedAt":1767312000456,)"
    R"("expiresAt":1800000000000})";

/// The version as it stands in a value.
std::string version_digits(Version version) {
  constexpr std::size_t begin = 6;  // after `{"v":"`
  constexpr std::size_t width = 16;
  return encode(Tombstone{flag_key("a"), version}, expiry).substr(begin, width);
}

bool is_miss(const CacheLookup& lookup) { return std::holds_alternative<CacheMiss>(lookup); }

TEST(VersionDigits, HaveFixedWidth) {
  EXPECT_EQ(version_digits(0), "0000000000000000");
  EXPECT_EQ(version_digits(42), "000000000000002a");
  EXPECT_EQ(version_digits(0xfedcba9876543210), "fedcba9876543210");
  EXPECT_EQ(version_digits(std::numeric_limits<Version>::max()), "ffffffffffffffff");
}

TEST(VersionDigits, ByteOrderIsNumericOrder) {
  std::mt19937_64 random(10);
  for (int round = 0; round < 100'000; ++round) {
    const Version a = random() >> (random() % 64);
    const Version b = random() % 3 == 0 ? a + random() % 3 : random() >> (random() % 64);
    ASSERT_EQ(version_digits(a) <=> version_digits(b), a <=> b) << a << " " << b;
  }
}

TEST(FlagCodec, FlagStandsInRedisLikeThis) {
  EXPECT_EQ(encode(sample_flag("new-search", 42), expiry), golden_flag);
}

TEST(FlagCodec, TombstoneStandsInRedisLikeThis) {
  EXPECT_EQ(encode(Tombstone{flag_key("gone"), 255}, expiry),
            R"({"v":"00000000000000ff","t":1,"expiresAt":1800000000000})");
}

TEST(FlagCodec, GoldenTextIsReadBack) {
  EXPECT_EQ(decode(flag_key("new-search"), golden_flag),
            CacheLookup(sample_flag("new-search", 42)));
  EXPECT_EQ(decode(flag_key("gone"), R"({"v":"00000000000000ff","t":1})"),
            CacheLookup(Tombstone{flag_key("gone"), 255}));
}

TEST(FlagCodec, EveryMemberMakesTheRoundTrip) {
  std::string control;
  for (char c = 1; c < 0x20; ++c) control += c;
  const std::string descriptions[] = {"",
                                      "plain",
                                      "\"quoted\" \\ /slash",
                                      control,
                                      std::string("nul\0byte", 8),
                                      "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5",
                                      "\x7f",
                                      "\xe2\x80\xa8\xe2\x80\xa9",
                                      std::string(8000, '"'),
                                      "\\u0041"};
  const Version versions[] = {1, 42, std::numeric_limits<Version>::max()};
  const std::int64_t times[] = {0, -1, 1'767'225'600'123, 253'402'300'799'999};
  for (const auto& description : descriptions) {
    for (const auto version : versions) {
      for (const auto time : times) {
        for (const int rollout : {0, 1, 50, 100}) {
          Flag flag = sample_flag("a.b_c-D9", version);
          flag.enabled = rollout % 2 == 0;
          flag.rollout_percentage = rollout;
          flag.description = description;
          flag.created_at = Timestamp(milliseconds(time));
          flag.updated_at = Timestamp(milliseconds(time + 1));
          ASSERT_EQ(decode(flag.key, encode(flag, expiry)), CacheLookup(flag)) << description;
        }
      }
    }
  }
  for (const Version version : {Version{0}, Version{7}, std::numeric_limits<Version>::max()}) {
    const Tombstone tombstone{flag_key("gone"), version};
    EXPECT_EQ(decode(tombstone.key, encode(tombstone, expiry)), CacheLookup(tombstone));
  }
}

TEST(FlagCodec, EncodedTextIsJsonForEverybody) {
  Flag flag = sample_flag("a");
  for (int byte = 0; byte < 128; ++byte) flag.description += static_cast<char>(byte);
  const auto parsed = boost::json::parse(encode(flag, expiry));
  EXPECT_EQ(parsed.at("description").as_string(), flag.description);
  EXPECT_EQ(parsed.at("expiresAt").as_int64(), 1'800'000'000'000);
}

TEST(FlagCodec, EveryTruncationIsAMiss) {
  const auto tombstone = encode(Tombstone{flag_key("gone"), 255}, expiry);
  for (std::size_t cut = 0; cut < golden_flag.size(); ++cut) {
    ASSERT_TRUE(is_miss(decode(flag_key("new-search"), golden_flag.substr(0, cut)))) << cut;
  }
  for (std::size_t cut = 0; cut < tombstone.size(); ++cut) {
    ASSERT_TRUE(is_miss(decode(flag_key("gone"), tombstone.substr(0, cut)))) << cut;
  }
}

TEST(FlagCodec, ValueOfAnotherKeyIsAMiss) {
  EXPECT_TRUE(is_miss(decode(flag_key("new-searcH"), golden_flag)));
  EXPECT_TRUE(is_miss(decode(flag_key("new"), golden_flag)));
}

/// The golden text with `from` replaced.
std::string with(std::string_view from, std::string_view to) {
  auto text = golden_flag;
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

TEST(FlagCodec, WhatIsNotWholeOrInRangeIsAMiss) {
  const std::pair<std::string_view, std::string_view> damages[] = {
      {R"("v":"000000000000002a",)", ""},
      {R"("000000000000002a")", R"("2a")"},
      {R"("000000000000002a")", R"("000000000000002A")"},
      {R"("000000000000002a")", R"("0000000000000002a")"},
      {R"("000000000000002a")", R"("00000000000000 2a")"},
      {R"("000000000000002a")", R"("-00000000000002a")"},
      {R"("000000000000002a")", R"("000000000000002g")"},
      {R"("000000000000002a")", R"("0x0000000000002a")"},
      {R"("000000000000002a")", "42"},
      {R"("key":"new-search",)", ""},
      {R"("key":"new-search")", R"("key":7)"},
      {R"("enabled":true,)", ""},
      {"true", "1"},
      {"true", R"("true")"},
      {R"("rolloutPercentage":37,)", ""},
      {":37,", ":101,"},
      {":37,", ":-1,"},
      {":37,", ":37.5,"},
      {":37,", R"(:"37",)"},
      {":37,", ":4294967333,"},
      {R"("description":"Flag new-search",)", ""},
      {R"("Flag new-search")", "null"},
      {R"("createdAt":1767225600123,)", ""},
      {"1767225600123", R"("2026-01-01")"},
      {R"("updatedAt":1767312000456,)", ""},
      {"1767312000456", "1e300"},
  };
  for (const auto& [from, to] : damages) {
    const auto damaged = with(from, to);
    EXPECT_TRUE(is_miss(decode(flag_key("new-search"), damaged))) << damaged;
  }
}

TEST(FlagCodec, ForeignValuesAreMisses) {
  for (const auto* value :
       {"", " ", "null", "true", "42", "\"v\"", "[]", "{}", "OK", "not JSON", R"({"v":7})",
        R"({"t":1})", R"({"v":"","t":1})", R"({"v":"00000000000000ff","t":2})",
        R"({"v":"00000000000000ff","t":"1"})", R"({"v":"00000000000000ff","t":1}})",
        R"({"v":"00000000000000ff","t":1} x)", R"({"v":"00000000000000FF","t":1})"}) {
    EXPECT_TRUE(is_miss(decode(flag_key("a"), value))) << value;
  }
  EXPECT_TRUE(is_miss(decode(flag_key("a"), std::string(100'000, '['))));
  EXPECT_TRUE(is_miss(decode(flag_key("new-search"), golden_flag + "{}")));
}

// A value as hearth writes it is recognised; behind a blank, it takes the parser of JSON.
TEST(FlagCodec, WhatIsRecognisedTheParserOfJsonTakesAlike) {
  constexpr std::string_view interesting = "\"\\{}:,-+.019aefx \t\x7f\xc3\xa9";
  std::mt19937_64 random(12);
  for (int round = 0; round < 200'000; ++round) {
    auto text = golden_flag;
    for (auto changes = random() % 3; changes > 0; --changes) {
      const auto place = random() % text.size();
      const auto byte = interesting[random() % interesting.size()];
      switch (random() % 3) {
        case 0: text[place] = byte; break;
        case 1: text.insert(place, 1, byte); break;
        default: text.erase(place, 1);
      }
    }
    const auto key = flag_key("new-search");
    ASSERT_EQ(decode(key, text), decode(key, " " + text)) << text;
    ASSERT_EQ(own(decode_read(key, text, expiry)), decode(key, text)) << text;
  }
}

TEST(FlagCodec, ReadGivesViewOfWhatHearthWrites) {
  const auto key = flag_key("new-search");
  const auto read = decode_read(key, golden_flag, expiry - milliseconds(1'500));
  ASSERT_TRUE(std::holds_alternative<domain::FlagView>(read.found));
  EXPECT_EQ(own(read), CacheLookup(sample_flag("new-search", 42)));
  EXPECT_EQ(read.expires_in, milliseconds(1'500));
}

TEST(FlagCodec, ReadGivesCopyOfWhatHasToBeDecoded) {
  auto flag = sample_flag("new-search");
  flag.description = "für \"alle\"";
  const auto read = decode_read(flag.key, encode(flag, expiry), expiry - milliseconds(20));
  ASSERT_TRUE(std::holds_alternative<CacheLookup>(read.found));
  EXPECT_EQ(read.flag()->description, flag.description);
  EXPECT_EQ(own(read), CacheLookup(flag));
  EXPECT_EQ(read.expires_in, milliseconds(20));
}

TEST(FlagCodec, ReadOfWhatIsNoFlagHasNoFlag) {
  const auto gone = decode_read(flag_key("gone"), R"({"v":"00000000000000ff","t":1})", expiry);
  EXPECT_FALSE(gone.flag());
  ASSERT_NE(gone.tombstone(), nullptr);
  EXPECT_EQ(gone.tombstone()->version, 255U);
  const auto miss = decode_read(flag_key("another"), golden_flag, expiry);
  EXPECT_FALSE(miss.flag());
  EXPECT_EQ(miss.tombstone(), nullptr);
}

TEST(FlagCodec, DamagedValuesNeverCrashOrChangeTheKey) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 100'000; ++round) {
    auto text = golden_flag;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const auto lookup = decode(flag_key("new-search"), text);
    if (const auto* flag = std::get_if<Flag>(&lookup)) {
      ASSERT_EQ(flag->key, flag_key("new-search"));
      ASSERT_GE(flag->rollout_percentage, 0);
      ASSERT_LE(flag->rollout_percentage, 100);
    }
  }
}

TEST(FencedSet, OutcomesOfTheScript) {
  using application::WriteOutcome;
  const auto integer = [](std::int64_t value) {
    return Reply{Reply::Type::integer, {}, value, {}};
  };
  EXPECT_EQ(outcome_of(integer(0)), WriteOutcome::written);
  EXPECT_EQ(outcome_of(integer(1)), WriteOutcome::unchanged);
  EXPECT_EQ(outcome_of(integer(2)), WriteOutcome::newer_present);
  EXPECT_EQ(outcome_of(integer(3)), WriteOutcome::too_old);
  for (const std::int64_t value : {-1, 4, 256}) {
    EXPECT_EQ(outcome_of(integer(value)), WriteOutcome::failed);
  }
  EXPECT_EQ(outcome_of(Reply{}), WriteOutcome::failed);
  EXPECT_EQ(outcome_of(Reply{Reply::Type::error, "ERR", 0, {}}), WriteOutcome::failed);
  EXPECT_EQ(outcome_of(Reply{Reply::Type::text, "0", 0, {}}), WriteOutcome::failed);
}

}  // namespace
}  // namespace hearth::adapters::redis
