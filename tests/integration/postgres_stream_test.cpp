// What a stream of flags does to PostgreSQL while the reader is slow, and when the server goes
// away.

#include <gmock/gmock.h>

#include "integration/postgres_bench.hpp"
#include "support/eventually.hpp"
#include "support/flag_stream.hpp"

namespace hearth::test_support {
namespace {

using application::HeatQuery;
using application::Task;

// More than all buffers between the server and hearth hold.
constexpr auto many_large_flags =
    "INSERT INTO feature_flags (flag_key, environment, enabled, description) "
    "SELECT 'flag-' || n, 'production', true, repeat('x', 1900) FROM generate_series(1, 20000) n";
constexpr HeatQuery everything{.limit = 20, .batch = 100};

class PostgresStream : public testing::Test {
 protected:
  PostgresStream() : url_(server_.create_database()) {
    adapters::postgres::migrate({.url = url_}).value();
    execute(url_, many_large_flags);
    bench_.emplace(adapters::postgres::PostgresSettings{.url = url_});
  }

  /// What the session that streams waits for.
  std::string wait_event() {
    const auto rows =
        execute(url_,
                "SELECT coalesce(wait_event, '') FROM pg_stat_activity WHERE state = 'active' "
                "AND datname = current_database() AND pid <> pg_backend_pid()");
    return rows.empty() ? "none" : rows[0][0];
  }
  domain::Result<void> stream_into(CollectingSink& sink) {
    return bench_->run(bench_->repository.stream_hottest(production, everything, sink, soon()));
  }

  PostgresServer server_;
  std::string url_;
  std::optional<PostgresBench> bench_;
};

TEST_F(PostgresStream, ServerIsHeldBackByAReaderThatTakesItsTime) {
  bool held_back = false;
  CollectingSink sink;
  sink.before_each = [&]() -> Task<void> {
    if (sink.batches.size() == 1) {
      held_back =
          eventually(std::chrono::seconds(10), [&] { return wait_event() == "ClientWrite"; });
    }
    co_return;
  };
  ASSERT_TRUE(stream_into(sink));
  EXPECT_TRUE(held_back) << "the server went on without a reader: who holds its rows?";
  EXPECT_EQ(sink.flags.size(), 20'000U);
}

TEST_F(PostgresStream, ServerThatGoesAwayInTheMiddleIsNoticedAfterWhatItGave) {
  CollectingSink sink;
  sink.before_each = [&]() -> Task<void> {
    if (sink.batches.size() == 2) {
      execute(url_,
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
              "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }
    co_return;
  };
  const auto broken = stream_into(sink);
  ASSERT_FALSE(broken.has_value()) << "and it is not begun anew: half of it has been taken";
  EXPECT_EQ(broken.error().code, domain::ErrorCode::unavailable);
  EXPECT_GE(sink.flags.size(), 200U);
  EXPECT_LT(sink.flags.size(), 20'000U);
  CollectingSink again;
  EXPECT_TRUE(stream_into(again).has_value());
  EXPECT_EQ(again.flags.size(), 20'000U);
}

TEST_F(PostgresStream, DeadConnectionIsReplacedBeforeAnythingHasCome) {
  CollectingSink first;
  ASSERT_TRUE(stream_into(first).has_value());
  bench_->repository.drop_present_connections();
  CollectingSink second;
  ASSERT_TRUE(stream_into(second).has_value());
  execute(url_,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
          "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  CollectingSink third;
  EXPECT_TRUE(stream_into(third).has_value());
  EXPECT_EQ(third.flags.size(), 20'000U);
}

TEST_F(PostgresStream, SinkThatWantsNoMoreEndsTheStatementAtTheServer) {
  CollectingSink sink;
  sink.most_batches = 1;
  ASSERT_TRUE(stream_into(sink).has_value());
  EXPECT_TRUE(eventually(std::chrono::seconds(10), [&] { return wait_event() == "none"; }));
}

}  // namespace
}  // namespace hearth::test_support
