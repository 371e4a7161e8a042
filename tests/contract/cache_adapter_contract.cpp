#include "contract/cache_adapter_contract.hpp"

#include <gmock/gmock.h>

#include <ostream>
#include <utility>

#include "support/eventually.hpp"
#include "support/flags.hpp"
#include "support/look_up.hpp"
#include "support/run_task.hpp"

namespace hearth::contract {

using application::CacheEntry;
using application::CacheLookup;
using application::CacheMiss;
using application::CacheSnapshot;
using application::deadline_in;
using application::WriteOutcome;
using application::WriteReport;
using domain::Flag;
using domain::Tombstone;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test_support::eventually;
using test_support::flag_key;
using test_support::look_up;
using test_support::run_task;
using test_support::sample_flag;
using testing::Each;
using testing::ElementsAre;

// A suite that only some executables instantiate is not forgotten in the others.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CacheAdapterContract);

void PrintTo(const CacheUnderTest& cache, std::ostream* out) { *out << cache.name; }

CacheSnapshot CacheAdapterContract::snapshot() { return snapshot_of(milliseconds(0)); }

CacheSnapshot CacheAdapterContract::snapshot_of(milliseconds ago) {
  auto taken = cache().snapshot(test_support::environment(environment_)).value();
  taken.cache_time_ms -= ago.count();
  return taken;
}

CacheLookup CacheAdapterContract::get(const std::string& key) {
  return run_task(fixture_->context(), look_up(cache(), test_support::environment(environment_),
                                               flag_key(key), deadline_in(seconds(5))))
      .value();
}

CacheAdapterContract::Lookups CacheAdapterContract::get_many(
    const std::vector<std::string>& names) {
  std::vector<domain::FlagKey> keys;
  keys.reserve(names.size());
  for (const auto& name : names) keys.push_back(flag_key(name));
  return run_task(fixture_->context(), cache().get_many(test_support::environment(environment_),
                                                        std::move(keys), deadline_in(seconds(5))))
      .value();
}

WriteReport CacheAdapterContract::set_many(std::vector<CacheEntry> entries) {
  return set_many(std::move(entries), snapshot());
}

WriteReport CacheAdapterContract::set_many(std::vector<CacheEntry> entries, CacheSnapshot taken) {
  return run_task(fixture_->context(),
                  cache().set_many(test_support::environment(environment_), std::move(entries),
                                   taken, deadline_in(seconds(5))));
}

WriteOutcome CacheAdapterContract::set(domain::FlagState state, milliseconds ttl) {
  std::vector<CacheEntry> entries;
  entries.push_back({std::move(state), ttl});
  return set_many(std::move(entries)).outcomes.at(0);
}

void CacheAdapterContract::use_environment(const std::string& name) { environment_ = name; }

namespace {

Tombstone tombstone(const std::string& key, domain::Version version) {
  return {flag_key(key), version};
}

Flag described(const std::string& description) {
  auto flag = sample_flag("described");
  flag.description = description;
  return flag;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

// --- what is read is what was written ---------------------------------------------------------

TEST_P(CacheAdapterContract, UnknownKeyIsMiss) {
  EXPECT_EQ(get("nobody-wrote-this"), CacheLookup(CacheMiss{}));
}

TEST_P(CacheAdapterContract, FlagComesBackWithEveryMember) {
  const auto flag = sample_flag("checkout.new-flow_2", 7);
  EXPECT_EQ(set(flag), WriteOutcome::written);
  EXPECT_EQ(get("checkout.new-flow_2"), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, FlagOfDefaultsComesBack) {
  const Flag flag{.key = flag_key("plain"),
                  .enabled = false,
                  .rollout_percentage = 0,
                  .description = {},
                  .version = 1,
                  .created_at = {},
                  .updated_at = {}};
  set(flag);
  EXPECT_EQ(get("plain"), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, RolloutOfAHundredComesBack) {
  auto flag = sample_flag("everybody");
  flag.rollout_percentage = 100;
  set(flag);
  EXPECT_EQ(get("everybody"), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, UnicodeDescriptionComesBack) {
  const auto flag =
      described("Größe, 価格, \u05e9\u05dc\u05d5\u05dd, \U0001F680 \U0001F468\u200D\U0001F4BB");
  set(flag);
  EXPECT_EQ(get("described"), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, ControlCharactersAndQuotesComeBack) {
  std::string all;
  for (char c = 1; c < 0x20; ++c) all += c;
  const auto flag =
      described(all + "\x7f \"quoted\" \\back\\slash\\ /slash/ {\"t\":1} %s ' \r\n\t");
  set(flag);
  EXPECT_EQ(get("described"), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, LongestDescriptionsComeBack) {
  for (const std::string character : {"x", "\"", "\x01", "é", "\U0001F680"}) {
    auto flag = described(repeated(character, domain::max_description_characters));
    flag.key = flag_key("long." + std::to_string(character.size()) + "." +
                        std::to_string(static_cast<unsigned char>(character[0])));
    set(flag);
    EXPECT_EQ(get(flag.key.text()), CacheLookup(flag))
        << "of " << testing::PrintToString(character);
  }
}

TEST_P(CacheAdapterContract, LongestNamesComeBack) {
  use_environment(std::string(domain::Environment::max_length, 'e'));
  const auto flag = sample_flag(std::string(domain::FlagKey::max_length, 'k'));
  set(flag);
  EXPECT_EQ(get(flag.key.text()), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, GreatestVersionComesBack) {
  // Databases count in signed 64 bits.
  const auto flag = sample_flag("old", std::uint64_t{0x7fff'ffff'ffff'ffff});
  set(flag);
  EXPECT_EQ(get("old"), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, TombstoneOfDeletionComesBackWithVersion) {
  EXPECT_EQ(set(tombstone("deleted", 42)), WriteOutcome::written);
  EXPECT_EQ(get("deleted"), CacheLookup(tombstone("deleted", 42)));
}

TEST_P(CacheAdapterContract, TombstoneOfUnknownKeyComesBackWithVersionZero) {
  EXPECT_EQ(set(tombstone("never-there", 0)), WriteOutcome::written);
  EXPECT_EQ(get("never-there"), CacheLookup(tombstone("never-there", 0)));
}

// --- the fence ----------------------------------------------------------------------------------

TEST_P(CacheAdapterContract, NewerVersionReplacesOlder) {
  set(sample_flag("flag", 1));
  auto newer = sample_flag("flag", 2);
  newer.enabled = false;
  newer.description = "changed";
  EXPECT_EQ(set(newer), WriteOutcome::written);
  EXPECT_EQ(get("flag"), CacheLookup(newer));
}

TEST_P(CacheAdapterContract, OlderVersionDoesNotReplaceNewer) {
  const auto newer = sample_flag("flag", 2);
  set(newer);
  auto older = sample_flag("flag", 1);
  older.enabled = false;
  EXPECT_EQ(set(older), WriteOutcome::newer_present);
  EXPECT_EQ(get("flag"), CacheLookup(newer));
}

TEST_P(CacheAdapterContract, EqualVersionIsUnchanged) {
  const auto flag = sample_flag("flag", 3);
  set(flag);
  EXPECT_EQ(set(flag), WriteOutcome::unchanged);
  EXPECT_EQ(get("flag"), CacheLookup(flag));
}

TEST_P(CacheAdapterContract, VersionsCompareAsNumbers) {
  // As text, "10" stands before "9".
  set(sample_flag("decimal", 9));
  EXPECT_EQ(set(sample_flag("decimal", 10)), WriteOutcome::written);
  set(sample_flag("hexadecimal", 0xff));
  EXPECT_EQ(set(sample_flag("hexadecimal", 0x100)), WriteOutcome::written);
  // As floating-point numbers, these are the same.
  const std::uint64_t large = std::uint64_t{1} << 53;
  set(sample_flag("large", large + 1));
  EXPECT_EQ(set(sample_flag("large", large)), WriteOutcome::newer_present);
}

TEST_P(CacheAdapterContract, TombstoneReplacesOlderFlag) {
  set(sample_flag("flag", 5));
  EXPECT_EQ(set(tombstone("flag", 6)), WriteOutcome::written);
  EXPECT_EQ(get("flag"), CacheLookup(tombstone("flag", 6)));
}

TEST_P(CacheAdapterContract, OlderFlagDoesNotReplaceTombstone) {
  set(tombstone("flag", 6));
  EXPECT_EQ(set(sample_flag("flag", 5)), WriteOutcome::newer_present);
  EXPECT_EQ(get("flag"), CacheLookup(tombstone("flag", 6)));
}

TEST_P(CacheAdapterContract, FlagReplacesOlderTombstone) {
  set(tombstone("flag", 6));
  EXPECT_EQ(set(sample_flag("flag", 7)), WriteOutcome::written);
  EXPECT_EQ(get("flag"), CacheLookup(sample_flag("flag", 7)));
}

TEST_P(CacheAdapterContract, TombstoneOfUnknownKeyNeverReplacesAnything) {
  set(sample_flag("flag", 1));
  EXPECT_EQ(set(tombstone("flag", 0)), WriteOutcome::newer_present);
  EXPECT_EQ(get("flag"), CacheLookup(sample_flag("flag", 1)));
  set(tombstone("deleted", 2));
  EXPECT_EQ(set(tombstone("deleted", 0)), WriteOutcome::newer_present);
  EXPECT_EQ(get("deleted"), CacheLookup(tombstone("deleted", 2)));
}

TEST_P(CacheAdapterContract, AnythingReplacesTombstoneOfUnknownKey) {
  set(tombstone("flag", 0));
  EXPECT_EQ(set(tombstone("flag", 0)), WriteOutcome::unchanged);
  EXPECT_EQ(set(sample_flag("flag", 1)), WriteOutcome::written);
  EXPECT_EQ(get("flag"), CacheLookup(sample_flag("flag", 1)));
}

TEST_P(CacheAdapterContract, TooOldSnapshotIsRefusedForEveryEntry) {
  set(sample_flag("known", 1));
  const auto report = set_many({{sample_flag("known", 2), minutes(5)},
                                {sample_flag("known", 1), minutes(5)},
                                {tombstone("unknown", 9), minutes(5)}},
                               snapshot_of(application::max_snapshot_age + seconds(5)));
  EXPECT_THAT(report.outcomes,
              ElementsAre(WriteOutcome::too_old, WriteOutcome::too_old, WriteOutcome::too_old));
  EXPECT_FALSE(report.error) << "a refusal is not an error";
  EXPECT_EQ(get("known"), CacheLookup(sample_flag("known", 1)));
  EXPECT_EQ(get("unknown"), CacheLookup(CacheMiss{}));
}

TEST_P(CacheAdapterContract, SnapshotWithinMaximumAgeIsAccepted) {
  const auto report = set_many({{sample_flag("flag", 1), minutes(5)}},
                               snapshot_of(application::max_snapshot_age - seconds(10)));
  EXPECT_THAT(report.outcomes, ElementsAre(WriteOutcome::written));
}

TEST_P(CacheAdapterContract, WriterMayAskForAShorterMaximumAge) {
  auto snapshot = snapshot_of(seconds(10));
  snapshot.max_age = seconds(5);
  EXPECT_THAT(set_many({{sample_flag("flag", 1), minutes(5)}}, snapshot).outcomes,
              ElementsAre(WriteOutcome::too_old));
  snapshot.max_age = seconds(20);
  EXPECT_THAT(set_many({{sample_flag("flag", 1), minutes(5)}}, snapshot).outcomes,
              ElementsAre(WriteOutcome::written));
}

TEST_P(CacheAdapterContract, SnapshotNeverGoesBack) {
  auto last = snapshot().cache_time_ms;
  for (int i = 0; i < 20; ++i) {
    (void)get("anything");
    const auto next = snapshot().cache_time_ms;
    EXPECT_GE(next, last);
    last = next;
  }
}

// --- time to live -------------------------------------------------------------------------------

TEST_P(CacheAdapterContract, EntryExpires) {
  set(sample_flag("short"), milliseconds(60));
  set(tombstone("short-tombstone", 3), milliseconds(60));
  set(sample_flag("long"), minutes(5));
  fixture().let_pass(milliseconds(70));
  EXPECT_TRUE(eventually(seconds(5), [&] { return get("short") == CacheLookup(CacheMiss{}); }));
  EXPECT_TRUE(
      eventually(seconds(5), [&] { return get("short-tombstone") == CacheLookup(CacheMiss{}); }));
  EXPECT_EQ(get("long"), CacheLookup(sample_flag("long")));
}

TEST_P(CacheAdapterContract, ExpiredVersionFencesNothing) {
  set(sample_flag("flag", 9), milliseconds(60));
  fixture().let_pass(milliseconds(70));
  ASSERT_TRUE(eventually(seconds(5), [&] { return get("flag") == CacheLookup(CacheMiss{}); }));
  EXPECT_EQ(set(sample_flag("flag", 8)), WriteOutcome::written);
  EXPECT_EQ(get("flag"), CacheLookup(sample_flag("flag", 8)));
}

TEST_P(CacheAdapterContract, EqualVersionProlongsLife) {
  // The second flag shows when the first one's old time to live has ended.
  const milliseconds ttl(1500);
  (void)set_many({{sample_flag("prolonged"), ttl}, {sample_flag("left-alone"), ttl}});
  ASSERT_EQ(set(sample_flag("prolonged"), minutes(5)), WriteOutcome::unchanged);
  fixture().let_pass(ttl);
  ASSERT_TRUE(
      eventually(seconds(10), [&] { return get("left-alone") == CacheLookup(CacheMiss{}); }));
  EXPECT_EQ(get("prolonged"), CacheLookup(sample_flag("prolonged")));
}

TEST_P(CacheAdapterContract, EqualVersionBeginsItsOwnTimeToLive) {
  set(sample_flag("flag"), minutes(5));
  ASSERT_EQ(set(sample_flag("flag"), milliseconds(60)), WriteOutcome::unchanged);
  fixture().let_pass(milliseconds(70));
  EXPECT_TRUE(eventually(seconds(5), [&] { return get("flag") == CacheLookup(CacheMiss{}); }));
}

TEST_P(CacheAdapterContract, RefusedWriteLeavesLifeAsItIs) {
  set(sample_flag("flag", 2), milliseconds(60));
  EXPECT_NE(set(sample_flag("flag", 1), minutes(5)), WriteOutcome::unchanged);
  fixture().let_pass(milliseconds(70));
  // Gone, or (where the write came after the expiry) the older version: never the newer one.
  EXPECT_TRUE(
      eventually(seconds(5), [&] { return get("flag") != CacheLookup(sample_flag("flag", 2)); }));
}

// --- several at once ----------------------------------------------------------------------------

TEST_P(CacheAdapterContract, OutcomesStandInOrderOfEntries) {
  set(sample_flag("older-here", 1));
  set(sample_flag("same-here", 5));
  set(sample_flag("newer-here", 9));
  const auto report = set_many({{sample_flag("newer-here", 5), minutes(5)},
                                {sample_flag("absent", 5), minutes(5)},
                                {sample_flag("same-here", 5), minutes(5)},
                                {tombstone("older-here", 5), minutes(5)}});
  EXPECT_THAT(report.outcomes, ElementsAre(WriteOutcome::newer_present, WriteOutcome::written,
                                           WriteOutcome::unchanged, WriteOutcome::written));
  EXPECT_FALSE(report.error);
}

TEST_P(CacheAdapterContract, SameKeyTwiceInOneWriteKeepsGreaterVersion) {
  const auto falling =
      set_many({{sample_flag("falling", 2), minutes(5)}, {sample_flag("falling", 1), minutes(5)}});
  EXPECT_THAT(falling.outcomes, ElementsAre(WriteOutcome::written, WriteOutcome::newer_present));
  EXPECT_EQ(get("falling"), CacheLookup(sample_flag("falling", 2)));
  const auto rising = set_many({{sample_flag("rising", 1), minutes(5)},
                                {sample_flag("rising", 2), minutes(5)},
                                {sample_flag("rising", 2), minutes(5)}});
  EXPECT_THAT(rising.outcomes,
              ElementsAre(WriteOutcome::written, WriteOutcome::written, WriteOutcome::unchanged));
  EXPECT_EQ(get("rising"), CacheLookup(sample_flag("rising", 2)));
}

TEST_P(CacheAdapterContract, ThousandEntriesAreWrittenAndRead) {
  std::vector<CacheEntry> entries;
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back("flag-" + std::to_string(i));
    entries.push_back({sample_flag(keys.back(), static_cast<domain::Version>(i) + 1), minutes(5)});
  }
  const auto report = set_many(entries);
  ASSERT_EQ(report.outcomes.size(), entries.size());
  EXPECT_THAT(report.outcomes, Each(WriteOutcome::written));
  const auto lookups = get_many(keys);
  ASSERT_EQ(lookups.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_EQ(lookups[i], CacheLookup(std::get<Flag>(entries[i].state))) << keys[i];
  }
}

TEST_P(CacheAdapterContract, LookupsStandInOrderOfKeysWithDuplicatesAndMisses) {
  const auto one = sample_flag("one", 1);
  const auto gone = tombstone("gone", 2);
  set(one);
  set(gone);
  const CacheLookup miss = CacheMiss{};
  EXPECT_THAT(get_many({"absent", "one", "gone", "one", "absent", "one"}),
              ElementsAre(miss, CacheLookup(one), CacheLookup(gone), CacheLookup(one), miss,
                          CacheLookup(one)));
}

TEST_P(CacheAdapterContract, NothingAskedIsNothingDone) {
  EXPECT_TRUE(get_many({}).empty());
  const auto report = set_many({});
  EXPECT_TRUE(report.outcomes.empty());
  EXPECT_FALSE(report.error);
}

// --- names that could meet ----------------------------------------------------------------------

TEST_P(CacheAdapterContract, KeysThatLookAlikeStayApart) {
  const std::vector<std::string> keys{"a.b",   "a-b",     "a_b",         "a",     "b",
                                      "A.B",   "warming", "lock",        "epoch", "members",
                                      "a.b.c", "changes", "warming.lock"};
  for (std::size_t i = 0; i < keys.size(); ++i) set(sample_flag(keys[i], i + 1));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(get(keys[i]), CacheLookup(sample_flag(keys[i], i + 1)));
  }
}

TEST_P(CacheAdapterContract, EnvironmentsStayApart) {
  set(sample_flag("flag", 9));
  use_environment("staging");
  EXPECT_EQ(get("flag"), CacheLookup(CacheMiss{}));
  EXPECT_EQ(set(sample_flag("flag", 3)), WriteOutcome::written) << "no fence between environments";
  EXPECT_EQ(get("flag"), CacheLookup(sample_flag("flag", 3)));
  use_environment("production");
  EXPECT_EQ(get("flag"), CacheLookup(sample_flag("flag", 9)));
  use_environment("PRODUCTION");
  EXPECT_EQ(get("flag"), CacheLookup(CacheMiss{}));
}

// --- deadlines ----------------------------------------------------------------------------------

TEST_P(CacheAdapterContract, ReadPastDeadlineSaysSo) {
  set(sample_flag("flag"));
  const auto past = deadline_in(-seconds(1));
  const auto production = test_support::environment("production");
  const auto one =
      run_task(fixture().context(), look_up(cache(), production, flag_key("flag"), past));
  ASSERT_FALSE(one.has_value());
  EXPECT_EQ(one.error().code, domain::ErrorCode::deadline_exceeded);
  std::vector<domain::FlagKey> keys{flag_key("flag"), flag_key("other")};
  const auto many = run_task(fixture().context(), cache().get_many(production, keys, past));
  ASSERT_FALSE(many.has_value());
  EXPECT_EQ(many.error().code, domain::ErrorCode::deadline_exceeded);
}

TEST_P(CacheAdapterContract, WritePastDeadlineFailsEveryEntry) {
  std::vector<CacheEntry> entries{{sample_flag("one"), minutes(5)},
                                  {sample_flag("two"), minutes(5)}};
  const auto report = run_task(fixture().context(),
                               cache().set_many(test_support::environment("production"), entries,
                                                snapshot(), deadline_in(-seconds(1))));
  EXPECT_THAT(report.outcomes, ElementsAre(WriteOutcome::failed, WriteOutcome::failed));
  ASSERT_TRUE(report.error.has_value());
  EXPECT_EQ(report.error->code, domain::ErrorCode::deadline_exceeded);
}

TEST_P(CacheAdapterContract, CacheServesOnAfterMissedDeadline) {
  const auto production = test_support::environment("production");
  (void)run_task(fixture().context(),
                 look_up(cache(), production, flag_key("flag"), deadline_in(-seconds(1))));
  EXPECT_EQ(set(sample_flag("flag")), WriteOutcome::written);
  EXPECT_EQ(get("flag"), CacheLookup(sample_flag("flag")));
}

}  // namespace hearth::contract
