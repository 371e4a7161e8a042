#include <gmock/gmock.h>

#include "contract/flag_repository_contract.hpp"
#include "support/flag_stream.hpp"
#include "support/run_task.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using application::Deadline;
using application::deadline_in;
using application::HeatQuery;
using application::Task;
using domain::Environment;
using domain::ErrorCode;
using testing::ElementsAre;

const Environment production = *Environment::parse("production");

domain::FlagKey key_named(const std::string& text) { return domain::FlagKey::parse(text).value(); }

/// A store with live flags a, b, c ..., of which the first `read` were read: a the most.
class Stream {
 public:
  Stream(MakeRepository make, int flags, int read) : store_(make()) {
    const domain::Timestamp now = std::chrono::sys_days{std::chrono::June / 1 / 2026};
    std::vector<application::AccessCount> accesses;
    for (int i = 0; i < flags; ++i) {
      const domain::FlagDraft draft{
          .key = key_of(i), .enabled = true, .rollout_percentage = 100, .description = ""};
      run(repository().create(production, draft, soon())).value();
      const auto heat = static_cast<double>(flags - i);
      if (i < read) accesses.push_back({production, draft.key, 1, now, heat});
    }
    run(store_->accesses().record(std::move(accesses), soon())).value();
  }

  static domain::FlagKey key_of(int i) {
    return key_named(std::string(1, static_cast<char>('a' + i)));
  }
  static Deadline soon() { return deadline_in(20s); }

  template <class T>
  T run(Task<T> task) {
    return run_task(store_->context(), std::move(task));
  }
  application::FlagRepository& repository() { return store_->flags(); }
  RepositoryUnderTest& store() { return *store_; }

  domain::Result<void> into(CollectingSink& sink, HeatQuery query, Deadline deadline = soon()) {
    return run(repository().stream_hottest(production, query, sink, deadline));
  }

 private:
  std::unique_ptr<RepositoryUnderTest> store_;
};

std::string names_of(const std::vector<domain::Flag>& flags) {
  std::string names;
  for (const auto& flag : flags) names += flag.key.text();
  return names;
}

}  // namespace

TEST_P(FlagRepositoryContract, StreamComesInBatchesOfTheSizeAskedFor) {
  Stream stream(GetParam(), 7, 7);
  CollectingSink sevens;
  ASSERT_TRUE(stream.into(sevens, {.limit = 9, .batch = 3}));
  EXPECT_THAT(sevens.batches, ElementsAre(3, 3, 1));
  CollectingSink even;
  ASSERT_TRUE(stream.into(even, {.limit = 6, .batch = 3}));
  EXPECT_THAT(even.batches, ElementsAre(3, 3)) << "no empty one at the end";
  CollectingSink one;
  ASSERT_TRUE(stream.into(one, {.limit = 7, .batch = 1000}));
  EXPECT_THAT(one.batches, ElementsAre(7));
}

TEST_P(FlagRepositoryContract, StreamOfNothingTakesNothing) {
  Stream stream(GetParam(), 0, 0);
  CollectingSink sink;
  EXPECT_TRUE(stream.into(sink, {.limit = 9, .batch = 3}));
  EXPECT_TRUE(sink.batches.empty());
}

TEST_P(FlagRepositoryContract, StreamKeepsOrderAndLimitAcrossBatches) {
  Stream stream(GetParam(), 9, 4);
  for (const std::size_t batch : {1U, 2U, 3U, 4U, 5U}) {
    CollectingSink sink;
    ASSERT_TRUE(stream.into(sink, {.limit = 8, .batch = batch}));
    EXPECT_EQ(names_of(sink.flags), "abcdefgh") << "in batches of " << batch;
  }
}

TEST_P(FlagRepositoryContract, StreamWithoutAnyReadGivesEveryFlagInBatches) {
  Stream stream(GetParam(), 8, 0);
  CollectingSink sink;
  ASSERT_TRUE(stream.into(sink, {.limit = 2, .batch = 3}));
  EXPECT_THAT(sink.batches, ElementsAre(3, 3, 2));
}

TEST_P(FlagRepositoryContract, StreamEndsWellWhenNoMoreIsWanted) {
  Stream stream(GetParam(), 9, 9);
  CollectingSink sink;
  sink.most_batches = 2;
  ASSERT_TRUE(stream.into(sink, {.limit = 9, .batch = 2}));
  EXPECT_EQ(names_of(sink.flags), "abcd");
  CollectingSink whole;
  ASSERT_TRUE(stream.into(whole, {.limit = 9, .batch = 2})) << "the next one begins anew";
  EXPECT_EQ(names_of(whole.flags), "abcdefghi");
}

TEST_P(FlagRepositoryContract, StreamWaitsForItsSinkWhileOthersAreServed) {
  Stream stream(GetParam(), 6, 6);
  int inside = 0;
  int served = 0;
  CollectingSink sink;
  sink.before_each = [&]() -> Task<void> {
    EXPECT_EQ(++inside, 1) << "one batch at a time";
    for (int i = 0; i < 3; ++i) {
      std::vector<domain::FlagKey> keys{key_named("a")};
      const auto found =
          co_await stream.repository().find_many(production, std::move(keys), Stream::soon());
      if (found && found->size() == 1) ++served;
    }
    --inside;
  };
  ASSERT_TRUE(stream.into(sink, {.limit = 6, .batch = 2}));
  EXPECT_EQ(names_of(sink.flags), "abcdef");
  EXPECT_EQ(served, 9);
}

TEST_P(FlagRepositoryContract, StreamIsOfTheMomentWhenItBegan) {
  Stream stream(GetParam(), 6, 6);
  CollectingSink sink;
  sink.before_each = [&]() -> Task<void> {
    domain::FlagPatch off;
    off.enabled = false;
    const auto changed = co_await stream.repository().update(production, key_named("e"), off,
                                                             std::nullopt, Stream::soon());
    EXPECT_TRUE(changed.has_value());
  };
  ASSERT_TRUE(stream.into(sink, {.limit = 6, .batch = 2}));
  EXPECT_EQ(names_of(sink.flags), "abcdef") << "e was enabled when the query began";
  EXPECT_TRUE(sink.flags.at(4).enabled);
}

TEST_P(FlagRepositoryContract, StreamsOfTwoCallersDoNotDisturbEachOther) {
  Stream stream(GetParam(), 6, 6);
  CollectingSink inner;
  CollectingSink outer;
  outer.before_each = [&]() -> Task<void> {
    const HeatQuery query{.limit = 6, .batch = 4};
    const auto done =
        co_await stream.repository().stream_hottest(production, query, inner, Stream::soon());
    EXPECT_TRUE(done.has_value());
  };
  ASSERT_TRUE(stream.into(outer, {.limit = 6, .batch = 3}));
  EXPECT_EQ(names_of(outer.flags), "abcdef");
  EXPECT_EQ(names_of(inner.flags), "abcdefabcdef");
}

TEST_P(FlagRepositoryContract, StreamWhoseDeadlinePassesInTheMiddleFailsAfterWhatItGave) {
  Stream stream(GetParam(), 6, 6);
  const auto deadline = deadline_in(2s);
  CollectingSink sink;
  sink.before_each = [&]() -> Task<void> {
    const auto executor = co_await boost::asio::this_coro::executor;
    application::Timer timer(executor, deadline + 1ms);
    co_await timer.async_wait(application::use_task);
  };
  const auto late = stream.into(sink, {.limit = 6, .batch = 2}, deadline);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(names_of(sink.flags), "ab");
  CollectingSink again;
  EXPECT_TRUE(stream.into(again, {.limit = 6}));
}

TEST_P(FlagRepositoryContract, StreamPassesOnWhatItsSinkThrows) {
  Stream stream(GetParam(), 6, 6);
  CollectingSink sink;
  sink.before_each = []() -> Task<void> { throw std::runtime_error("surprise"); };
  EXPECT_THROW((void)stream.into(sink, {.limit = 6, .batch = 2}), std::runtime_error);
  CollectingSink again;
  EXPECT_TRUE(stream.into(again, {.limit = 6}));
}

}  // namespace hearth::test_support
