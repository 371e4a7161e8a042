#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/memory/memory_warming_records.hpp"
#include "application/feature_flag_service.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_cache.hpp"
#include "support/recording_telemetry.hpp"
#include "support/run_task.hpp"
#include "support/scripted_repository.hpp"

namespace hearth::application {
namespace {

using domain::Error;
using domain::ErrorCode;
using domain::Flag;
using domain::FlagDraft;
using domain::FlagKey;
using domain::FlagState;
using domain::Tombstone;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test_support::flag_key;
using test_support::run_task;
using test_support::sample_flag;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FlagDraft draft_of(std::string_view key) { return {flag_key(key), false, 100, ""}; }

class FeatureFlagServiceTest : public testing::Test {
 protected:
  FeatureFlagServiceTest() {
    repository_.on_find_many = [](const std::vector<FlagKey>& keys) {
      std::vector<FlagState> states;
      for (const auto& key : keys) {
        if (key.text() == "a") states.emplace_back(sample_flag("a", 2));
        if (key.text() == "deleted") states.emplace_back(Tombstone{key, 3});
      }
      return states;
    };
  }

  domain::Result<FlagRead> get(const std::string& key) {
    return run_task(context_, service_.get(production_, flag_key(key)));
  }
  domain::Result<ImportedFlags> import(std::vector<FlagDraft> drafts,
                                       ImportMode mode = ImportMode::apply) {
    return run_task(context_, service_.import(production_, std::move(drafts), mode, {}));
  }
  Executor engine() { return context_.get_executor(); }

  const domain::Environment production_ = test_support::environment("production");
  const Error away_{ErrorCode::unavailable, "away"};
  boost::asio::io_context context_;
  test_support::Events events_;
  test_support::ScriptedRepository repository_{events_};
  test_support::RecordingCache cache_{events_};
  test_support::ManualClock clock_;
  test_support::RecordingTelemetry telemetry_;
  WarmRunLog log_;
  CacheStatistics statistics_;
  Readiness readiness_;
  AccessCounter accesses_;
  FlagLoader loader_{engine(), repository_, cache_, statistics_, readiness_, {}};
  EntryRefresher refresher_{engine(), loader_, {}};
  FleetView view_{production_, FleetView::Trust::unconditional};
  NearCache near_{view_, {.ttl = std::chrono::seconds(5)}};
  FlagSnapshots snapshots_{view_, {.ttl = std::chrono::seconds(5)}};
  ChangeAnnouncer announcer_{engine(), cache_, nullptr, view_, {}};
  ChangeWriter changes_{engine(),   repository_,
                        cache_,     announcer_,
                        telemetry_, {.lifetimes = {}, .doubt_lasts = std::chrono::milliseconds(0)}};
  CacheWarmer warmer_{engine(), repository_, cache_, clock_, telemetry_, log_, {}};
  adapters::memory::MemoryWarmingRecords records_{clock_};
  FleetWarming warming_{engine(), warmer_, records_, cache_, log_, {}};
  FeatureFlagService service_{{engine(), cache_, near_, snapshots_, accesses_, loader_, refresher_,
                               repository_, changes_, warming_, statistics_, readiness_, clock_},
                              {}};
};

TEST_F(FeatureFlagServiceTest, HitNeedsNoDatabase) {
  cache_.lookups.emplace("a", sample_flag("a", 9));
  const auto read = get("a");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->flag.version, 9u);
  EXPECT_EQ(read->source, ReadSource::hit);
  EXPECT_THAT(events_, ElementsAre("cache.get"));
  EXPECT_EQ(statistics_.total().hits, 1u);
  EXPECT_EQ(accesses_.take()[production_][flag_key("a")], 1u);
  EXPECT_EQ(readiness_.cache(), Readiness::DependencyState::up);
}

TEST_F(FeatureFlagServiceTest, MissIsReadFromTheDatabase) {
  const auto read = get("a");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->flag, sample_flag("a", 2));
  EXPECT_EQ(read->source, ReadSource::miss);
  EXPECT_EQ(statistics_.total().misses, 1u);
  EXPECT_EQ(accesses_.take()[production_][flag_key("a")], 1u);
  EXPECT_EQ(cache_.writes.size(), 1u);
}

TEST_F(FeatureFlagServiceTest, CachedTombstoneIsNotFoundWithoutADatabase) {
  cache_.lookups.emplace("gone", Tombstone{flag_key("gone"), 4});
  const auto read = get("gone");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::not_found);
  EXPECT_THAT(read.error().message, HasSubstr("'gone' in environment 'production'"));
  EXPECT_THAT(events_, ElementsAre("cache.get"));
  EXPECT_EQ(statistics_.total().hits, 1u);
  EXPECT_THAT(accesses_.take(), IsEmpty());
}

TEST_F(FeatureFlagServiceTest, DeletedAndUnknownFlagsAreNotFound) {
  for (const auto* key : {"deleted", "nobody"}) {
    const auto read = get(key);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::not_found);
    EXPECT_THAT(read.error().message, HasSubstr(key));
  }
  EXPECT_THAT(accesses_.take(), IsEmpty());
}

TEST_F(FeatureFlagServiceTest, CacheThatIsAwayDoesNotFailARead) {
  cache_.away = away_;
  const auto read = get("a");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source, ReadSource::miss);
  EXPECT_EQ(readiness_.cache(), Readiness::DependencyState::down);
  cache_.away = std::nullopt;
  (void)get("deleted");
  EXPECT_EQ(readiness_.cache(), Readiness::DependencyState::up);
}

TEST_F(FeatureFlagServiceTest, ReadFailsWhenNeitherKnows) {
  cache_.away = away_;
  repository_.on_find_many = [this](const auto&) { return std::unexpected(away_); };
  EXPECT_EQ(get("a").error().code, ErrorCode::unavailable);
  EXPECT_EQ(statistics_.total().misses, 0u);
}

TEST_F(FeatureFlagServiceTest, CacheHasItsOwnShortDeadline) {
  const auto before = std::chrono::steady_clock::now();
  (void)get("a");
  EXPECT_GE(cache_.read_deadlines.at(0), before + milliseconds(50));
  EXPECT_LE(cache_.read_deadlines.at(0), std::chrono::steady_clock::now() + milliseconds(50));
}

TEST_F(FeatureFlagServiceTest, NearReadAnswersAtOnceAndCountsLikeAnyOther) {
  cache_.lookups.emplace("a", sample_flag("a", 9));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(service_.get_near(production_, "a", begin)) << "there is no copy yet";
  EXPECT_EQ(statistics_.total().hits, 0u);
  ASSERT_TRUE(get("a"));
  (void)accesses_.take();
  events_.clear();

  const auto near = service_.get_near(production_, "a", begin);
  ASSERT_TRUE(near);
  EXPECT_EQ(near->flag, sample_flag("a", 9));
  EXPECT_GE(near->answered_at, begin);
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(statistics_.answered_from(ReadSource::near), 1u);
  EXPECT_EQ(statistics_.total().hits, 2u);
  EXPECT_EQ(accesses_.take()[production_][flag_key("a")], 1u);
}

TEST_F(FeatureFlagServiceTest, NearReadLeavesToOthersWhatItCannotAnswer) {
  const auto begin = std::chrono::steady_clock::now();
  cache_.lookups.emplace("a", sample_flag("a", 9));
  cache_.lookups.emplace("gone", Tombstone{flag_key("gone"), 4});
  ASSERT_TRUE(get("a"));
  ASSERT_FALSE(get("gone"));
  const auto hits = statistics_.total().hits;
  (void)accesses_.take();
  EXPECT_FALSE(service_.get_near(production_, "gone", begin)) << "a deleted flag is an error";
  EXPECT_FALSE(service_.get_near(production_, "never", begin));
  EXPECT_FALSE(service_.get_near(production_, "no key", begin));
  EXPECT_FALSE(service_.get_near(test_support::environment("staging"), "a", begin));
  view_.lease(production_).note_change(flag_key("a"));
  EXPECT_FALSE(service_.get_near(production_, "a", begin)) << "the copy is void";
  EXPECT_EQ(statistics_.total().hits, hits);
  EXPECT_TRUE(accesses_.take().empty());
}

TEST_F(FeatureFlagServiceTest, NearReadEndsWithItsCopysTime) {
  const auto begin = std::chrono::steady_clock::now();
  cache_.lookups.emplace("a", sample_flag("a", 9));
  ASSERT_TRUE(get("a"));
  clock_.advance(milliseconds(4'999));
  EXPECT_TRUE(service_.get_near(production_, "a", begin));
  clock_.advance(milliseconds(1));
  EXPECT_FALSE(service_.get_near(production_, "a", begin));
}

TEST_F(FeatureFlagServiceTest, EvaluationIsThatOfTheDomain) {
  cache_.lookups.emplace("a", sample_flag("a", 9));  // 37 percent
  int on = 0;
  for (int user = 0; user < 200; ++user) {
    const auto name = "user-" + std::to_string(user);
    const auto evaluated = run_task(context_, service_.evaluate(production_, flag_key("a"), name));
    ASSERT_TRUE(evaluated);
    ASSERT_EQ(evaluated->evaluation, domain::evaluate(sample_flag("a"), name));
    EXPECT_EQ(evaluated->source, user == 0 ? ReadSource::hit : ReadSource::near);
    on += evaluated->evaluation.value ? 1 : 0;
  }
  EXPECT_GT(on, 40);
  EXPECT_LT(on, 110);
  const auto nobody =
      run_task(context_, service_.evaluate(production_, flag_key("a"), std::nullopt));
  EXPECT_EQ(nobody->evaluation, (domain::Evaluation{true, domain::Reason::static_value}));
  EXPECT_EQ(
      run_task(context_, service_.evaluate(production_, flag_key("no"), std::nullopt)).error().code,
      ErrorCode::not_found);
}

TEST_F(FeatureFlagServiceTest, AllFlagsAreReadOnceAndThenKept) {
  int queries = 0;
  repository_.on_list = [&](PageRequest) {
    ++queries;
    return FlagPage{{sample_flag("a"), sample_flag("b")}, std::nullopt};
  };
  const auto all = [&] { return run_task(context_, service_.get_all(production_)).value(); };
  const auto first = all();
  EXPECT_THAT(first.snapshot->flags, ElementsAre(sample_flag("a"), sample_flag("b")));
  EXPECT_EQ(first.source, ReadSource::miss);
  const auto second = all();
  EXPECT_EQ(second.snapshot, first.snapshot);
  EXPECT_EQ(second.source, ReadSource::near);
  view_.lease(production_).note_change(flag_key("whatever"));
  EXPECT_EQ(all().source, ReadSource::miss) << "a change voids it";
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(all().source, ReadSource::miss) << "its time has passed";
  EXPECT_EQ(queries, 3);
}

TEST_F(FeatureFlagServiceTest, ChangeThatIsHeardOfWhileAllFlagsAreReadVoidsThem) {
  repository_.on_list = [&](PageRequest) {
    view_.lease(production_).note_change(flag_key("a"));
    return FlagPage{{sample_flag("a", 1)}, std::nullopt};
  };
  const auto all = [&] { return run_task(context_, service_.get_all(production_)).value(); };
  EXPECT_EQ(all().source, ReadSource::miss);
  EXPECT_EQ(all().source, ReadSource::miss);
}

TEST_F(FeatureFlagServiceTest, AllFlagsAreTheLastKnownOnesWhenTheDatabaseIsAway) {
  repository_.on_list = [this](PageRequest) { return std::unexpected(away_); };
  EXPECT_EQ(run_task(context_, service_.get_all(production_)).error(), away_);
  repository_.on_list = [&](PageRequest) { return FlagPage{{sample_flag("a")}, std::nullopt}; };
  ASSERT_TRUE(run_task(context_, service_.get_all(production_)));
  clock_.advance(std::chrono::seconds(5));
  repository_.on_list = [this](PageRequest) { return std::unexpected(away_); };
  const auto stale = run_task(context_, service_.get_all(production_));
  ASSERT_TRUE(stale);
  EXPECT_EQ(stale->source, ReadSource::stale);
  EXPECT_THAT(stale->snapshot->flags, ElementsAre(sample_flag("a")));
}

TEST_F(FeatureFlagServiceTest, AdministrationReadsTheDatabase) {
  cache_.lookups.emplace("a", sample_flag("a", 9));
  EXPECT_EQ(run_task(context_, service_.find(production_, flag_key("a")))->version, 2u);
  EXPECT_THAT(events_, ElementsAre("repository.find_many"));
  for (const auto* key : {"deleted", "nobody"}) {
    EXPECT_EQ(run_task(context_, service_.find(production_, flag_key(key))).error().code,
              ErrorCode::not_found);
  }
}

TEST_F(FeatureFlagServiceTest, ChangesGoThroughTheWriter) {
  repository_.on_create = [](FlagDraft draft) { return sample_flag(draft.key.text(), 1); };
  repository_.on_update = [](FlagKey key, domain::FlagPatch, std::optional<domain::Version>) {
    return sample_flag(key.text(), 2);
  };
  repository_.on_remove = [](FlagKey key, std::optional<domain::Version>) {
    return Tombstone{key, 3};
  };
  const FlagDraft draft = draft_of("a");
  domain::FlagPatch patch;
  patch.enabled = true;
  const auto created = run_task(context_, service_.create(production_, draft));
  EXPECT_EQ(created->flag.version, 1u);
  EXPECT_TRUE(created->in_force);
  const auto updated = run_task(context_, service_.update(production_, flag_key("a"), patch, 1));
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->flag.version, 2u);
  EXPECT_EQ(run_task(context_, service_.remove(production_, flag_key("a"), std::nullopt)), true);
  EXPECT_THAT(events_, ElementsAre("cache.snapshot", "repository.create", "cache.set_many",
                                   "cache.snapshot", "repository.update", "cache.set_many",
                                   "cache.snapshot", "repository.remove", "cache.set_many"));
  cache_.away = away_;
  EXPECT_FALSE(run_task(context_, service_.create(production_, draft))->in_force);
  EXPECT_EQ(run_task(context_, service_.remove(production_, flag_key("a"), std::nullopt)), false);
}

TEST_F(FeatureFlagServiceTest, BadChangesNeverReachTheDatabase) {
  FlagDraft draft = draft_of("a");
  draft.rollout_percentage = 101;
  EXPECT_EQ(run_task(context_, service_.create(production_, draft)).error().code,
            ErrorCode::validation);
  domain::FlagPatch patch;
  patch.description = std::string(domain::max_description_characters + 1, 'x');
  EXPECT_EQ(run_task(context_, service_.update(production_, flag_key("a"), patch, std::nullopt))
                .error()
                .code,
            ErrorCode::validation);
  EXPECT_TRUE(events_.empty());
}

TEST_F(FeatureFlagServiceTest, ImportWritesWhatChanged) {
  repository_.on_import = [](std::vector<FlagDraft>, ImportMode) {
    return ImportReport{1, 1, 3, {sample_flag("a", 4), sample_flag("b", 5)}};
  };
  const auto imported = import({draft_of("a"), draft_of("b")});
  ASSERT_TRUE(imported);
  EXPECT_TRUE(imported->in_force);
  EXPECT_EQ(imported->report.unchanged, 3u);
  EXPECT_THAT(events_, ElementsAre("cache.snapshot", "repository.import", "cache.set_many"));
  EXPECT_EQ(cache_.writes.at(0).entries.size(), 2u);
}

TEST_F(FeatureFlagServiceTest, DryRunWritesNothing) {
  std::optional<ImportMode> seen;
  repository_.on_import = [&seen](std::vector<FlagDraft>, ImportMode mode) {
    seen = mode;
    return ImportReport{1, 0, 0, {sample_flag("a", 4)}};
  };
  EXPECT_TRUE(import({draft_of("a")}, ImportMode::dry_run));
  EXPECT_EQ(seen, ImportMode::dry_run);
  EXPECT_TRUE(cache_.writes.empty());
}

TEST_F(FeatureFlagServiceTest, ImportRefusesDuplicatesAndBadDraftsBeforeTheDatabase) {
  const auto twice = import({draft_of("a"), draft_of("b"), draft_of("a")});
  EXPECT_EQ(twice.error().code, ErrorCode::validation);
  EXPECT_THAT(twice.error().message, HasSubstr("'a' occurs more than once"));
  FlagDraft bad = draft_of("bad-one");
  bad.rollout_percentage = -1;
  const auto refused = import({draft_of("a"), bad});
  EXPECT_EQ(refused.error().code, ErrorCode::validation);
  EXPECT_THAT(refused.error().message, HasSubstr("bad-one: "));
  EXPECT_TRUE(events_.empty());
}

TEST_F(FeatureFlagServiceTest, ImportInDoubtIsLookedUpAgain) {
  repository_.on_import = [](std::vector<FlagDraft>, ImportMode) {
    return domain::fail(ErrorCode::in_doubt, "the connection broke");
  };
  EXPECT_EQ(import({draft_of("a"), draft_of("nobody")}).error().code, ErrorCode::in_doubt);
  EXPECT_EQ(changes_.unsettled(), 2u);
  run_task(context_, changes_.settle());
  EXPECT_EQ(changes_.unsettled(), 0u);
  EXPECT_EQ(cache_.writes.at(0).entries.size(), 1u);
}

TEST_F(FeatureFlagServiceTest, RefusedImportLeavesNothingToSettle) {
  repository_.on_import = [](std::vector<FlagDraft>, ImportMode) {
    return domain::fail(ErrorCode::unavailable, "away");
  };
  EXPECT_FALSE(import({draft_of("a")}));
  EXPECT_EQ(changes_.unsettled(), 0u);
}

TEST_F(FeatureFlagServiceTest, WarmsTheNamedFlagsOrTheHottest) {
  std::size_t limit = 0;
  repository_.on_hottest = [&limit](HeatQuery query) {
    limit = query.limit;
    return std::vector<Flag>{sample_flag("a")};
  };
  const auto warm = [this](std::optional<std::vector<FlagKey>> keys) {
    WarmRequest request{.environment = production_, .keys = std::move(keys)};
    return run_task(context_, service_.warm_cache(std::move(request)));
  };
  const auto hottest = warm(std::nullopt);
  EXPECT_EQ(hottest.warmed(), 1u);
  EXPECT_EQ(limit, 20u);
  const std::vector<FlagKey> keys{flag_key("a"), flag_key("nobody")};
  const auto named = warm(keys);
  EXPECT_EQ(named.requested, 2u);
  EXPECT_EQ(named.missing, 1u);
  EXPECT_THAT(events_, Contains("repository.find_many"));
  EXPECT_EQ(run_task(context_, service_.coverage(production_)), 0.0);
  EXPECT_EQ(run_task(context_, service_.recent_warm_runs(production_)).size(), 2u);
  EXPECT_EQ(run_task(context_, service_.find_warm_run(production_, named.id))->missing, 1u);
  EXPECT_EQ(run_task(context_, service_.find_warm_run(production_, "other")), std::nullopt);
}

}  // namespace
}  // namespace hearth::application
