// What FlagRepository promises to those who follow its changes.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "contract/flag_repository_contract.hpp"
#include "support/flags.hpp"
#include "support/run_task.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using application::ChangedState;
using application::deadline_in;
using domain::ErrorCode;
using domain::Flag;
using domain::Tombstone;
using domain::Version;
using testing::ElementsAre;
using testing::IsEmpty;

/// A store, changed and followed.
struct Follower {
  explicit Follower(MakeRepository make) : store(make()) {}

  Flag create(const std::string& key, const std::string& where = "production") {
    const domain::FlagDraft draft{.key = flag_key(key), .enabled = true, .description = key};
    return run_task(store->context(),
                    store->flags().create(environment(where), draft, deadline_in(20s)))
        .value();
  }
  Flag disable(const std::string& key) {
    domain::FlagPatch patch;
    patch.enabled = false;
    return run_task(store->context(),
                    store->flags().update(environment("production"), flag_key(key), patch,
                                          std::nullopt, deadline_in(20s)))
        .value();
  }
  Tombstone remove(const std::string& key) {
    return run_task(store->context(),
                    store->flags().remove(environment("production"), flag_key(key), std::nullopt,
                                          deadline_in(20s)))
        .value();
  }
  std::vector<ChangedState> changed(Version since, std::size_t limit = 100) {
    return run_task(store->context(), store->flags().find_changed(since, limit, deadline_in(20s)))
        .value();
  }
  /// As `environment:key`, in the order that came.
  std::vector<std::string> names(Version since, std::size_t limit = 100) {
    std::vector<std::string> names;
    for (const auto& [where, state] : changed(since, limit)) {
      names.push_back(where.text() + ":" + domain::key_of(state).text());
    }
    return names;
  }
  Version latest(std::chrono::milliseconds age) {
    return run_task(store->context(), store->flags().latest_version(age, deadline_in(20s))).value();
  }

  std::unique_ptr<RepositoryUnderTest> store;
};

}  // namespace

TEST_P(FlagRepositoryContract, ChangesOfAnEmptyStoreAreNone) {
  Follower follower(GetParam());
  EXPECT_THAT(follower.changed(0), IsEmpty());
  EXPECT_EQ(follower.latest(0ms), 0u);
}

TEST_P(FlagRepositoryContract, ChangesComeInTheOrderOfTheirVersions) {
  Follower follower(GetParam());
  follower.create("a");
  const auto b = follower.create("b");
  const auto c = follower.create("c");
  const auto a = follower.disable("a");
  const auto changes = follower.changed(0);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(std::get<Flag>(changes[0].state), b);
  EXPECT_EQ(std::get<Flag>(changes[1].state), c);
  EXPECT_EQ(std::get<Flag>(changes[2].state), a) << "once, as it stands now";
}

TEST_P(FlagRepositoryContract, ChangesAreOnlyWhatIsGreater) {
  Follower follower(GetParam());
  const auto a = follower.create("a");
  const auto b = follower.create("b");
  EXPECT_THAT(follower.names(a.version), ElementsAre("production:b"));
  EXPECT_THAT(follower.changed(b.version), IsEmpty());
  EXPECT_THAT(follower.changed(b.version + 1000), IsEmpty());
}

TEST_P(FlagRepositoryContract, ChangesOfAllEnvironmentsComeWithTheirEnvironment) {
  Follower follower(GetParam());
  follower.create("a", "staging");
  follower.create("a", "production");
  follower.create("b", "staging");
  EXPECT_THAT(follower.names(0), ElementsAre("staging:a", "production:a", "staging:b"));
}

TEST_P(FlagRepositoryContract, ChangesIncludeDeletions) {
  Follower follower(GetParam());
  const auto a = follower.create("a");
  const auto gone = follower.remove("a");
  const auto changes = follower.changed(a.version);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(std::get<Tombstone>(changes[0].state), gone);
}

TEST_P(FlagRepositoryContract, ChangesStopAtTheLimitAndGoOnAfterTheLastVersion) {
  Follower follower(GetParam());
  for (const auto* key : {"a", "b", "c", "d", "e"}) follower.create(key);
  std::vector<std::string> all;
  Version since = 0;
  for (auto page = follower.changed(since, 2); !page.empty(); page = follower.changed(since, 2)) {
    EXPECT_LE(page.size(), 2u);
    for (const auto& change : page) all.push_back(domain::key_of(change.state).text());
    since = domain::version_of(page.back().state);
  }
  EXPECT_THAT(all, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_P(FlagRepositoryContract, ChangesMadeByHandAreFound) {
  Follower follower(GetParam());
  const auto a = follower.create("a");
  const auto b = follower.create("b");
  follower.store->execute_by_hand(
      "INSERT INTO feature_flags (flag_key, environment) VALUES ('c', 'production')");
  follower.store->execute_by_hand(
      "UPDATE feature_flags SET rollout_percentage = 7 WHERE flag_key = 'a'");
  follower.store->execute_by_hand("DELETE FROM feature_flags WHERE flag_key = 'b'");
  const auto changes = follower.changed(b.version);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(std::get<Flag>(changes[0].state).key, flag_key("c"));
  EXPECT_EQ(std::get<Flag>(changes[1].state).rollout_percentage, 7);
  EXPECT_GT(std::get<Flag>(changes[1].state).version, a.version);
  EXPECT_EQ(std::get<Tombstone>(changes[2].state).key, flag_key("b"));
}

TEST_P(FlagRepositoryContract, LatestVersionIsThatOfTheLastChangeOldEnough) {
  Follower follower(GetParam());
  follower.create("a");
  follower.create("b", "staging");
  const auto gone = follower.remove("a");
  EXPECT_EQ(follower.latest(0ms), gone.version);
  EXPECT_EQ(follower.latest(1h), 0u) << "nothing is that old";
}

TEST_P(FlagRepositoryContract, ExpiredDeadlineOfAFollowerIsAnswered) {
  Follower follower(GetParam());
  auto& flags = follower.store->flags();
  const auto changed =
      run_task(follower.store->context(), flags.find_changed(0, 10, deadline_in(-1s)));
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, ErrorCode::deadline_exceeded);
  const auto latest =
      run_task(follower.store->context(), flags.latest_version(0ms, deadline_in(-1s)));
  ASSERT_FALSE(latest);
  EXPECT_EQ(latest.error().code, ErrorCode::deadline_exceeded);
}

}  // namespace hearth::test_support
