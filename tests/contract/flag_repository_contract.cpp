#include "contract/flag_repository_contract.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "domain/heat.hpp"
#include "support/flag_stream.hpp"
#include "support/run_task.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using application::AccessCount;
using application::Deadline;
using application::deadline_in;
using application::HeatQuery;
using application::ImportMode;
using application::Task;
using domain::Environment;
using domain::ErrorCode;
using domain::Flag;
using domain::FlagDraft;
using domain::FlagKey;
using domain::FlagPatch;
using domain::Result;
using domain::Tombstone;
using domain::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Environment production = *Environment::parse("production");
const Environment staging = *Environment::parse("staging");

FlagKey key_named(const std::string& text) { return FlagKey::parse(text).value(); }

FlagDraft draft_named(const std::string& key, bool enabled = true) {
  return {.key = key_named(key), .enabled = enabled, .rollout_percentage = 100, .description = key};
}

FlagPatch enabled(bool value) {
  FlagPatch patch;
  patch.enabled = value;
  return patch;
}

FlagPatch rollout(int percentage) {
  FlagPatch patch;
  patch.rollout_percentage = percentage;
  return patch;
}

FlagPatch description(std::string text) {
  FlagPatch patch;
  patch.description = std::move(text);
  return patch;
}

Deadline soon() { return deadline_in(20s); }

std::vector<std::string> names_of(const std::vector<Flag>& flags) {
  std::vector<std::string> names;
  for (const auto& flag : flags) names.push_back(flag.key.text());
  return names;
}

/// A store and short ways to use it.
struct Bench {
  explicit Bench(MakeRepository make) : store(make()) {}

  template <class T>
  T run(Task<T> task) {
    return run_task(store->context(), std::move(task));
  }

  /// Starts all tasks before any is done.
  template <class T>
  std::vector<T> run_together(std::vector<Task<T>> tasks) {
    std::vector<T> results;
    const auto wanted = tasks.size();
    // As in run_task: another thread may only now be through with the task before.
    auto busy = boost::asio::make_work_guard(store->context());
    store->context().restart();
    for (auto& task : tasks) {
      boost::asio::co_spawn(store->context(), collect(std::move(task), results),
                            boost::asio::detached);
    }
    busy.reset();
    while (results.size() < wanted && store->context().run_one() > 0) {
    }
    return results;
  }

  template <class T>
  static Task<void> collect(Task<T> task, std::vector<T>& results) {
    results.push_back(co_await std::move(task));
  }

  Flag create(const FlagDraft& draft, const Environment& environment = production) {
    return run(store->flags().create(environment, draft, soon())).value();
  }
  Result<Flag> update(const std::string& key, const FlagPatch& patch,
                      std::optional<Version> expected = std::nullopt) {
    return run(store->flags().update(production, key_named(key), patch, expected, soon()));
  }
  Result<Tombstone> remove(const std::string& key, std::optional<Version> expected = std::nullopt) {
    return run(store->flags().remove(production, key_named(key), expected, soon()));
  }
  std::vector<domain::FlagState> find_many(const std::vector<std::string>& names) {
    std::vector<FlagKey> keys;
    for (const auto& name : names) keys.push_back(key_named(name));
    return run(store->flags().find_many(production, keys, soon())).value();
  }
  std::optional<domain::FlagState> find(const std::string& name) {
    auto states = find_many({name});
    if (states.empty()) return std::nullopt;
    return states.front();
  }
  std::vector<std::string> hottest(HeatQuery query) {
    return names_of(run(find_hottest(store->flags(), production, query, soon())).value());
  }
  application::ImportReport import(const std::vector<FlagDraft>& drafts,
                                   ImportMode mode = ImportMode::apply) {
    return run(store->flags().import(production, drafts, mode, {}, soon())).value();
  }
  void read(const std::string& key, std::uint64_t count, domain::Timestamp at,
            const Environment& environment = production) {
    std::vector<AccessCount> accesses{{.environment = environment,
                                       .key = key_named(key),
                                       .count = count,
                                       .last_accessed_at = at,
                                       .heat = domain::heat_of(count, at, {})}};
    ASSERT_TRUE(run(store->accesses().record(accesses, soon())).has_value());
  }

  std::unique_ptr<RepositoryUnderTest> store;
};

const domain::Timestamp noon = std::chrono::sys_days{std::chrono::June / 1 / 2026} + 12h;

}  // namespace

TEST_P(FlagRepositoryContract, CreateAnswersTheFlagAsStored) {
  Bench bench(GetParam());
  const FlagDraft draft{.key = key_named("new-checkout"),
                        .enabled = true,
                        .rollout_percentage = 25,
                        .description = "a checkout"};
  const auto flag = bench.create(draft);
  EXPECT_EQ(flag.key, draft.key);
  EXPECT_TRUE(flag.enabled);
  EXPECT_EQ(flag.rollout_percentage, 25);
  EXPECT_EQ(flag.description, "a checkout");
  EXPECT_GE(flag.version, 1u);
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(now - flag.created_at), 1min);
  EXPECT_LT(std::chrono::abs(now - flag.updated_at), 1min);
  const auto found = bench.find("new-checkout");
  ASSERT_TRUE(found);
  EXPECT_EQ(std::get<Flag>(*found), flag);
}

TEST_P(FlagRepositoryContract, CreateOfALiveFlagAlreadyExists) {
  Bench bench(GetParam());
  const auto first = bench.create(draft_named("a"));
  auto other = draft_named("a", false);
  const auto again = bench.run(bench.store->flags().create(production, other, soon()));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::already_exists);
  EXPECT_EQ(std::get<Flag>(*bench.find("a")), first);
}

TEST_P(FlagRepositoryContract, CreateBringsADeletedFlagBackWithAGreaterVersion) {
  Bench bench(GetParam());
  const auto first = bench.create(draft_named("a"));
  const auto tombstone = bench.remove("a").value();
  auto draft = draft_named("a", false);
  draft.description = "second life";
  const auto second = bench.create(draft);
  EXPECT_GT(tombstone.version, first.version);
  EXPECT_GT(second.version, tombstone.version);
  EXPECT_EQ(second.description, "second life");
  EXPECT_FALSE(second.enabled);
  EXPECT_EQ(std::get<Flag>(*bench.find("a")), second);
}

TEST_P(FlagRepositoryContract, EnvironmentsAreApart) {
  Bench bench(GetParam());
  bench.create(draft_named("a"), production);
  const auto other = bench.create(draft_named("a", false), staging);
  EXPECT_TRUE(std::get<Flag>(*bench.find("a")).enabled);
  ASSERT_TRUE(bench.remove("a"));
  std::vector<FlagKey> keys{key_named("a")};
  const auto states = bench.run(bench.store->flags().find_many(staging, keys, soon())).value();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_EQ(std::get<Flag>(states.front()), other);
}

TEST_P(FlagRepositoryContract, KeysDifferByTheCaseOfTheirLetters) {
  Bench bench(GetParam());
  bench.create(draft_named("flag", true));
  bench.create(draft_named("FLAG", false));
  EXPECT_TRUE(std::get<Flag>(*bench.find("flag")).enabled);
  EXPECT_FALSE(std::get<Flag>(*bench.find("FLAG")).enabled);
}

TEST_P(FlagRepositoryContract, VersionsGrowWithEveryChange) {
  Bench bench(GetParam());
  auto latest = bench.create(draft_named("a")).version;
  for (int round = 0; round < 3; ++round) {
    const auto updated = bench.update("a", rollout(round)).value();
    EXPECT_GT(updated.version, latest);
    const auto removed = bench.remove("a").value();
    EXPECT_GT(removed.version, updated.version);
    latest = bench.create(draft_named("a")).version;
    EXPECT_GT(latest, removed.version);
  }
}

TEST_P(FlagRepositoryContract, UpdateChangesOnlyWhatThePatchNames) {
  Bench bench(GetParam());
  const auto first = bench.create(
      {.key = key_named("a"), .enabled = true, .rollout_percentage = 40, .description = "text"});
  const auto second = bench.update("a", enabled(false)).value();
  EXPECT_FALSE(second.enabled);
  EXPECT_EQ(second.rollout_percentage, 40);
  EXPECT_EQ(second.description, "text");
  const auto third = bench.update("a", rollout(7)).value();
  EXPECT_FALSE(third.enabled);
  EXPECT_EQ(third.rollout_percentage, 7);
  const auto fourth = bench.update("a", description("")).value();
  EXPECT_EQ(fourth.description, "");
  EXPECT_EQ(fourth.rollout_percentage, 7);
  EXPECT_EQ(fourth.created_at, first.created_at);
  EXPECT_GE(fourth.updated_at, first.updated_at);
  EXPECT_EQ(std::get<Flag>(*bench.find("a")), fourth);
}

TEST_P(FlagRepositoryContract, UpdateThatChangesNothingStillCountsAsAChange) {
  Bench bench(GetParam());
  const auto flag = bench.create(draft_named("a"));
  EXPECT_GT(bench.update("a", enabled(true)).value().version, flag.version);
  EXPECT_GT(bench.update("a", {}).value().version, flag.version + 1);
}

TEST_P(FlagRepositoryContract, UpdateWithThePresentVersionSucceeds) {
  Bench bench(GetParam());
  const auto flag = bench.create(draft_named("a"));
  EXPECT_FALSE(bench.update("a", enabled(false), flag.version).value().enabled);
}

TEST_P(FlagRepositoryContract, UpdateWithAnotherVersionIsRefusedAndSaysThePresentOne) {
  Bench bench(GetParam());
  const auto first = bench.create(draft_named("a"));
  const auto second = bench.update("a", rollout(50)).value();
  const auto refused = bench.update("a", rollout(60), first.version);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::version_mismatch);
  EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(second.version)));
  EXPECT_EQ(std::get<Flag>(*bench.find("a")), second);
  EXPECT_EQ(bench.update("a", enabled(false), Version{0} - 1).error().code,
            ErrorCode::version_mismatch);
}

TEST_P(FlagRepositoryContract, UpdateOfAnUnknownOrDeletedFlagIsNotFound) {
  Bench bench(GetParam());
  EXPECT_EQ(bench.update("a", enabled(true)).error().code, ErrorCode::not_found);
  EXPECT_EQ(bench.update("a", enabled(true), 5).error().code, ErrorCode::not_found);
  bench.create(draft_named("a"));
  const auto tombstone = bench.remove("a").value();
  EXPECT_EQ(bench.update("a", enabled(true)).error().code, ErrorCode::not_found);
  EXPECT_EQ(bench.update("a", enabled(true), tombstone.version).error().code, ErrorCode::not_found);
}

TEST_P(FlagRepositoryContract, RemoveLeavesATombstoneWithItsVersion) {
  Bench bench(GetParam());
  const auto flag = bench.create(draft_named("a"));
  const auto tombstone = bench.remove("a", flag.version).value();
  EXPECT_EQ(tombstone.key, flag.key);
  EXPECT_GT(tombstone.version, flag.version);
  EXPECT_EQ(std::get<Tombstone>(*bench.find("a")), tombstone);
}

TEST_P(FlagRepositoryContract, RemoveFailsAsUpdateDoes) {
  Bench bench(GetParam());
  EXPECT_EQ(bench.remove("a").error().code, ErrorCode::not_found);
  const auto flag = bench.create(draft_named("a"));
  const auto refused = bench.remove("a", flag.version + 1);
  EXPECT_EQ(refused.error().code, ErrorCode::version_mismatch);
  EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(flag.version)));
  EXPECT_EQ(std::get<Flag>(*bench.find("a")), flag);
  ASSERT_TRUE(bench.remove("a"));
  EXPECT_EQ(bench.remove("a").error().code, ErrorCode::not_found);
}

TEST_P(FlagRepositoryContract, ConcurrentUpdatesOfOneVersionHaveOneWinner) {
  Bench bench(GetParam());
  const auto flag = bench.create(draft_named("a"));
  std::vector<Task<Result<Flag>>> updates;
  for (int writer = 0; writer < 16; ++writer) {
    const auto patch = rollout(writer);
    updates.push_back(
        bench.store->flags().update(production, flag.key, patch, flag.version, soon()));
  }
  const auto results = bench.run_together(std::move(updates));
  ASSERT_EQ(results.size(), 16u);
  const auto winner = std::ranges::find_if(results, [](const auto& r) { return r.has_value(); });
  ASSERT_NE(winner, results.end());
  for (auto result = results.begin(); result != results.end(); ++result) {
    if (result == winner) continue;
    ASSERT_FALSE(result->has_value());
    EXPECT_EQ(result->error().code, ErrorCode::version_mismatch);
    EXPECT_THAT(result->error().message, HasSubstr(std::to_string((*winner)->version)));
  }
  EXPECT_EQ(std::get<Flag>(*bench.find("a")), **winner);
}

TEST_P(FlagRepositoryContract, ConcurrentCreatesHaveOneWinner) {
  Bench bench(GetParam());
  std::vector<Task<Result<Flag>>> creations;
  for (int writer = 0; writer < 8; ++writer) {
    const auto draft = draft_named("a");
    creations.push_back(bench.store->flags().create(production, draft, soon()));
  }
  const auto results = bench.run_together(std::move(creations));
  EXPECT_EQ(std::ranges::count_if(results, [](const auto& r) { return r.has_value(); }), 1);
}

TEST_P(FlagRepositoryContract, FindManyLeavesOutUnknownKeysAndCountsDuplicatesOnce) {
  Bench bench(GetParam());
  bench.create(draft_named("a"));
  bench.create(draft_named("b"));
  ASSERT_TRUE(bench.remove("b"));
  const auto states = bench.find_many({"a", "never", "b", "a", "b"});
  ASSERT_EQ(states.size(), 2u);
  std::set<std::string> live;
  std::set<std::string> deleted;
  for (const auto& state : states) {
    (std::holds_alternative<Flag>(state) ? live : deleted).insert(domain::key_of(state).text());
  }
  EXPECT_THAT(live, ElementsAre("a"));
  EXPECT_THAT(deleted, ElementsAre("b"));
}

TEST_P(FlagRepositoryContract, FindManyOfNothingIsNothing) {
  Bench bench(GetParam());
  EXPECT_THAT(bench.find_many({}), IsEmpty());
}

TEST_P(FlagRepositoryContract, FindManyTakesAThousandKeys) {
  Bench bench(GetParam());
  std::vector<FlagDraft> drafts;
  std::vector<std::string> names;
  for (int index = 0; index < 1000; ++index) {
    names.push_back("flag-" + std::to_string(index));
    drafts.push_back(draft_named(names.back()));
  }
  EXPECT_EQ(bench.import(drafts).created, 1000u);
  EXPECT_EQ(bench.find_many(names).size(), 1000u);
}

TEST_P(FlagRepositoryContract, DescriptionsOfTwoThousandCharactersOfAnyScriptComeBack) {
  Bench bench(GetParam());
  for (const std::string character : {"x", "\u00e9", "\u20ac", "\U0001F525"}) {
    auto draft = draft_named("flag-" + std::to_string(character.size()));
    draft.description.clear();
    for (int index = 0; index < 2000; ++index) draft.description += character;
    EXPECT_EQ(bench.create(draft).description, draft.description);
    EXPECT_EQ(std::get<Flag>(*bench.find(draft.key.text())).description, draft.description);
  }
  auto draft = draft_named("odd");
  draft.description = "quote ' \" back\\slash {,} NULL \n\t\r end";
  EXPECT_EQ(bench.create(draft).description, draft.description);
  EXPECT_EQ(bench.update("odd", description("'; --")).value().description, "'; --");
}

TEST_P(FlagRepositoryContract, KeysOfEveryAllowedFormComeBack) {
  Bench bench(GetParam());
  const std::vector<std::string> names{"-", "_", "...", "0", "A.b_c-9", std::string(100, 'k')};
  for (const auto& name : names) bench.create(draft_named(name));
  EXPECT_EQ(bench.find_many(names).size(), names.size());
}

TEST_P(FlagRepositoryContract, ListGivesLiveFlagsInByteOrderPageByPage) {
  Bench bench(GetParam());
  for (const auto* name : {"b", "a", "B", "_", "-", "gone", "a.b", "A"}) {
    bench.create(draft_named(name, *name == 'a'));
  }
  bench.create(draft_named("elsewhere"), staging);
  ASSERT_TRUE(bench.remove("gone"));
  std::vector<std::string> names;
  std::vector<std::size_t> sizes;
  application::PageRequest request{.after = std::nullopt, .limit = 3};
  do {
    const auto page = bench.run(bench.store->flags().list(production, request, soon())).value();
    sizes.push_back(page.flags.size());
    for (const auto& flag : page.flags) names.push_back(flag.key.text());
    request.after = page.next_after;
  } while (request.after);
  EXPECT_THAT(names, ElementsAre("-", "A", "B", "_", "a", "a.b", "b"));
  EXPECT_THAT(sizes, ElementsAre(3, 3, 1));
}

TEST_P(FlagRepositoryContract, ListThatFitsExactlyIsTheLastPage) {
  Bench bench(GetParam());
  bench.create(draft_named("a"));
  bench.create(draft_named("b"));
  application::PageRequest request{.after = std::nullopt, .limit = 2};
  const auto page = bench.run(bench.store->flags().list(production, request, soon())).value();
  EXPECT_EQ(page.flags.size(), 2u);
  EXPECT_FALSE(page.next_after);
  request.after = key_named("b");
  EXPECT_THAT(bench.run(bench.store->flags().list(production, request, soon())).value().flags,
              IsEmpty());
}

TEST_P(FlagRepositoryContract, HottestWithoutAnyReadIsEveryEnabledFlag) {
  Bench bench(GetParam());
  for (const auto* name : {"d", "b", "c", "a"}) bench.create(draft_named(name));
  bench.create(draft_named("off", false));
  bench.create(draft_named("gone"));
  ASSERT_TRUE(bench.remove("gone"));
  EXPECT_THAT(bench.hottest({.limit = 2}), UnorderedElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(bench.hottest({.limit = 2, .include_disabled = true}),
              UnorderedElementsAre("a", "b", "c", "d", "off"));
}

TEST_P(FlagRepositoryContract, HottestFillsUpWithFlagsNeverReadInTheOrderOfKeys) {
  Bench bench(GetParam());
  for (const auto* name : {"d", "b", "c", "a", "e"}) bench.create(draft_named(name));
  bench.read("d", 1, noon);
  bench.read("e", 5, noon);
  EXPECT_THAT(bench.hottest({.limit = 4}), ElementsAre("e", "d", "a", "b"));
  EXPECT_THAT(bench.hottest({.limit = 1}), ElementsAre("e"));
  EXPECT_THAT(bench.hottest({.limit = 2}), ElementsAre("e", "d"));
  EXPECT_THAT(bench.hottest({.limit = 100}), ElementsAre("e", "d", "a", "b", "c"));
}

TEST_P(FlagRepositoryContract, HottestOrdersByVolumeThatDecays) {
  Bench bench(GetParam());
  for (const auto* name : {"old-and-big", "new-and-small", "new-and-tiny"}) {
    bench.create(draft_named(name));
  }
  // Five half-lives: 1,000 reads are worth 31 by now.
  bench.read("old-and-big", 1000, noon - 5h);
  bench.read("new-and-small", 32, noon);
  bench.read("new-and-tiny", 30, noon);
  EXPECT_THAT(bench.hottest({.limit = 3}),
              ElementsAre("new-and-small", "old-and-big", "new-and-tiny"));
}

TEST_P(FlagRepositoryContract, HottestLeavesOutDeletedDisabledAndForeignFlags) {
  Bench bench(GetParam());
  bench.create(draft_named("off", false));
  bench.create(draft_named("gone"));
  bench.create(draft_named("on"));
  bench.create(draft_named("never"));
  bench.create(draft_named("foreign"), staging);
  for (const auto* name : {"off", "gone", "on"}) bench.read(name, 10, noon);
  bench.read("foreign", 99, noon, staging);
  ASSERT_TRUE(bench.remove("gone"));
  EXPECT_THAT(bench.hottest({.limit = 1}), ElementsAre("on"));
  EXPECT_THAT(bench.hottest({.limit = 9}), ElementsAre("on", "never"));
  EXPECT_EQ(bench.hottest({.limit = 9, .include_disabled = true}).size(), 3u);
}

TEST_P(FlagRepositoryContract, HottestCountsAsUnreadWhenOnlyOtherFlagsWereRead) {
  Bench bench(GetParam());
  for (const auto* name : {"a", "b", "c"}) bench.create(draft_named(name));
  bench.create(draft_named("off", false));
  bench.create(draft_named("foreign"), staging);
  bench.read("off", 10, noon);
  bench.read("foreign", 99, noon, staging);
  EXPECT_THAT(bench.hottest({.limit = 1}), UnorderedElementsAre("a", "b", "c"));
}

TEST_P(FlagRepositoryContract, RecordAddsCountsAndCombinesHeat) {
  Bench bench(GetParam());
  bench.create(draft_named("a"));
  bench.read("a", 3, noon);
  bench.read("a", 4, noon + 10min);
  const auto stored = bench.store->stored_access(production, key_named("a"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->request_count, 7);
  EXPECT_EQ(stored->last_accessed_at, noon + 10min);
  const auto expected =
      domain::combine_heat(domain::heat_of(3, noon, {}), domain::heat_of(4, noon + 10min, {}));
  EXPECT_NEAR(stored->heat, expected, 1e-9);
}

TEST_P(FlagRepositoryContract, RecordCombinesHeatsThatAreFarApart) {
  Bench bench(GetParam());
  bench.create(draft_named("a"));
  const domain::Timestamp long_ago = std::chrono::sys_days{std::chrono::January / 1 / 2020};
  bench.read("a", 1, long_ago);
  bench.read("a", 1, noon);
  bench.read("a", 1, long_ago);
  const auto stored = bench.store->stored_access(production, key_named("a"));
  ASSERT_TRUE(stored);
  EXPECT_NEAR(stored->heat, domain::heat_of(1, noon, {}), 1e-9);
}

TEST_P(FlagRepositoryContract, RecordMovesLastAccessOnlyForwards) {
  Bench bench(GetParam());
  bench.create(draft_named("a"));
  bench.read("a", 1, noon);
  bench.read("a", 1, noon - 1h);
  const auto stored = bench.store->stored_access(production, key_named("a"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->last_accessed_at, noon);
  EXPECT_EQ(stored->request_count, 2);
}

TEST_P(FlagRepositoryContract, RecordNeverTouchesTheFlag) {
  Bench bench(GetParam());
  const auto flag = bench.create(draft_named("a"));
  bench.read("a", 12, noon);
  bench.read("a", 12, noon + 1s);
  EXPECT_EQ(std::get<Flag>(*bench.find("a")), flag);
}

TEST_P(FlagRepositoryContract, RecordIgnoresKeysWithoutAFlagAndTakesManyAtOnce) {
  Bench bench(GetParam());
  std::vector<AccessCount> accesses;
  for (const auto* name : {"b", "never", "a"}) {
    accesses.push_back({.environment = production,
                        .key = key_named(name),
                        .count = 2,
                        .last_accessed_at = noon,
                        .heat = domain::heat_of(2, noon, {})});
  }
  accesses.push_back(accesses.back());
  accesses.back().environment = staging;
  bench.create(draft_named("a"));
  bench.create(draft_named("b"));
  bench.create(draft_named("a"), staging);
  ASSERT_TRUE(bench.run(bench.store->accesses().record(accesses, soon())).has_value());
  EXPECT_EQ(bench.store->stored_access(production, key_named("a"))->request_count, 2);
  EXPECT_EQ(bench.store->stored_access(production, key_named("b"))->request_count, 2);
  EXPECT_EQ(bench.store->stored_access(staging, key_named("a"))->request_count, 2);
  EXPECT_FALSE(bench.store->stored_access(production, key_named("never")));
  ASSERT_TRUE(bench.run(bench.store->accesses().record({}, soon())).has_value());
}

TEST_P(FlagRepositoryContract, ConcurrentRecordsAddUp) {
  Bench bench(GetParam());
  for (const auto* name : {"a", "b", "c"}) bench.create(draft_named(name));
  std::vector<Task<Result<void>>> records;
  for (int round = 0; round < 20; ++round) {
    std::vector<AccessCount> accesses;
    for (const auto* name : {"a", "b", "c"}) {
      accesses.push_back({.environment = production,
                          .key = key_named(name),
                          .count = 1,
                          .last_accessed_at = noon,
                          .heat = domain::heat_of(1, noon, {})});
    }
    if (round % 2 == 1) std::ranges::reverse(accesses);
    records.push_back(bench.store->accesses().record(std::move(accesses), soon()));
  }
  for (const auto& result : bench.run_together(std::move(records))) {
    EXPECT_TRUE(result.has_value());
  }
  const auto stored = bench.store->stored_access(production, key_named("b"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->request_count, 20);
  EXPECT_NEAR(stored->heat, domain::heat_of(20, noon, {}), 1e-9);
}

TEST_P(FlagRepositoryContract, ImportCreatesUpdatesAndLeavesUnchangedAlone) {
  Bench bench(GetParam());
  const auto same = bench.create(draft_named("same"));
  const auto different = bench.create(draft_named("different"));
  const auto untouched = bench.create(draft_named("untouched"));
  bench.create(draft_named("gone"));
  const auto gone = bench.remove("gone").value();

  const auto report = bench.import({draft_named("same"), draft_named("different", false),
                                    draft_named("gone"), draft_named("new")});
  EXPECT_EQ(report.created, 2u);
  EXPECT_EQ(report.updated, 1u);
  EXPECT_EQ(report.unchanged, 1u);
  auto changed = names_of(report.changed);
  std::ranges::sort(changed);
  EXPECT_THAT(changed, ElementsAre("different", "gone", "new"));
  for (const auto& flag : report.changed) {
    EXPECT_EQ(std::get<Flag>(*bench.find(flag.key.text())), flag);
  }
  EXPECT_EQ(std::get<Flag>(*bench.find("same")), same);
  EXPECT_EQ(std::get<Flag>(*bench.find("untouched")), untouched);
  EXPECT_GT(std::get<Flag>(*bench.find("different")).version, different.version);
  EXPECT_GT(std::get<Flag>(*bench.find("gone")).version, gone.version);
}

TEST_P(FlagRepositoryContract, ImportDryRunReportsTheSameAndChangesNothing) {
  Bench bench(GetParam());
  const auto same = bench.create(draft_named("same"));
  const auto different = bench.create(draft_named("different"));
  const std::vector<FlagDraft> drafts{draft_named("same"), draft_named("different", false),
                                      draft_named("new")};
  const auto dry = bench.import(drafts, ImportMode::dry_run);
  EXPECT_EQ(std::get<Flag>(*bench.find("same")), same);
  EXPECT_EQ(std::get<Flag>(*bench.find("different")), different);
  EXPECT_FALSE(bench.find("new"));
  const auto real = bench.import(drafts);
  EXPECT_EQ(dry.created, real.created);
  EXPECT_EQ(dry.updated, real.updated);
  EXPECT_EQ(dry.unchanged, real.unchanged);
  EXPECT_EQ(names_of(dry.changed), names_of(real.changed));
}

TEST_P(FlagRepositoryContract, ImportTellsProgressUpToTheLastDraft) {
  Bench bench(GetParam());
  std::vector<FlagDraft> drafts;
  for (int index = 0; index < 1201; ++index) {
    drafts.push_back(draft_named("flag-" + std::to_string(index)));
  }
  std::vector<std::size_t> steps;
  const auto progress = [&](std::size_t done) { steps.push_back(done); };
  const auto report = bench.run(
      bench.store->flags().import(production, drafts, ImportMode::apply, progress, soon()));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->created, 1201u);
  EXPECT_EQ(report->changed.size(), 1201u);
  EXPECT_TRUE(std::ranges::is_sorted(steps));
  EXPECT_GE(steps.size(), 2u);
  EXPECT_EQ(steps.back(), 1201u);
  EXPECT_EQ(bench.import(drafts).unchanged, 1201u);
}

TEST_P(FlagRepositoryContract, ImportIsAllOrNothing) {
  Bench bench(GetParam());
  std::vector<FlagDraft> drafts;
  for (int index = 0; index < 700; ++index) {
    drafts.push_back(draft_named("flag-" + std::to_string(index)));
  }
  // Sorts last, and breaks a rule that only the store checks here.
  drafts.push_back(draft_named("zzz"));
  drafts.back().rollout_percentage = 101;
  const auto refused =
      bench.run(bench.store->flags().import(production, drafts, ImportMode::apply, {}, soon()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::internal);
  EXPECT_FALSE(bench.find("flag-1"));
  drafts.pop_back();
  EXPECT_EQ(bench.import(drafts).created, 700u);
}

TEST_P(FlagRepositoryContract, ImportOfOneKeyTwiceIsRefused) {
  Bench bench(GetParam());
  std::vector<FlagDraft> drafts{draft_named("a"), draft_named("b"), draft_named("a", false)};
  const auto refused =
      bench.run(bench.store->flags().import(production, drafts, ImportMode::apply, {}, soon()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::validation);
  EXPECT_FALSE(bench.find("b"));
}

TEST_P(FlagRepositoryContract, ImportOfNothingDoesNothing) {
  Bench bench(GetParam());
  const auto report = bench.import({});
  EXPECT_EQ(report.created + report.updated + report.unchanged, 0u);
  EXPECT_THAT(report.changed, IsEmpty());
}

TEST_P(FlagRepositoryContract, ExpiredDeadlineIsAnsweredWithoutAChange) {
  Bench bench(GetParam());
  auto& flags = bench.store->flags();
  const auto past = deadline_in(-1s);
  const auto draft = draft_named("a");
  std::vector<FlagKey> keys{draft.key};
  const auto code_of = [](const auto& result) { return result.error().code; };
  EXPECT_EQ(code_of(bench.run(flags.create(production, draft, past))),
            ErrorCode::deadline_exceeded);
  EXPECT_EQ(code_of(bench.run(flags.find_many(production, keys, past))),
            ErrorCode::deadline_exceeded);
  const HeatQuery query;
  EXPECT_EQ(code_of(bench.run(find_hottest(flags, production, query, past))),
            ErrorCode::deadline_exceeded);
  EXPECT_FALSE(bench.find("a"));
}

}  // namespace hearth::test_support
