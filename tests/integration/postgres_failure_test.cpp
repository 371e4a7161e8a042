#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "integration/postgres_bench.hpp"
#include "support/eventually.hpp"
#include "support/free_port.hpp"
#include "support/tcp_gate.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using adapters::postgres::PostgresSettings;
using application::deadline_in;
using domain::ErrorCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A migrated database with the flag `a`.
class PostgresFailure : public testing::Test {
 protected:
  PostgresFailure() : url_(server_.create_database()) {
    adapters::postgres::migrate({.url = url_}).value();
    bench_.emplace(PostgresSettings{.url = url_});
    bench_->create("a").value();
  }

  /// The error of a read, from a repository of its own.
  static domain::Error error_with(const PostgresSettings& settings) {
    PostgresBench bench(settings);
    auto answer = bench.find("a");
    return answer ? domain::Error{} : answer.error();
  }

  std::string url_with(const std::string& from, const std::string& to) const {
    auto url = url_;
    return url.replace(url.find(from), from.size(), to);
  }

  void expect_recovery() {
    const bool writes = eventually(15s, [&] { return bench_->create("back").has_value(); });
    EXPECT_TRUE(writes);
    EXPECT_EQ(bench_->find("a").value().size(), 1u);
  }

  /// Locks the flags for so many seconds, on a thread that is joined when it goes.
  std::jthread hold_table(const std::string& seconds) {
    std::jthread holder([this, seconds] {
      execute(url_, "BEGIN; LOCK TABLE feature_flags; SELECT pg_sleep(" + seconds + "); COMMIT");
    });
    const bool is_held = eventually(5s, [&] {
      return execute(url_,
                     "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted "
                     "AND relation = 'feature_flags'::regclass")[0][0] == "1";
    });
    EXPECT_TRUE(is_held);
    return holder;
  }

  PostgresServer server_;
  std::string url_;
  std::optional<PostgresBench> bench_;
};

TEST_F(PostgresFailure, StoppedServerIsUnavailableAtOnceAndWorksAgainAfterARestart) {
  server_.stop();
  const auto started = std::chrono::steady_clock::now();
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(bench_->find("a").error().code, ErrorCode::unavailable);
    EXPECT_EQ(bench_->create("b").error().code, ErrorCode::unavailable);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
  server_.start();
  expect_recovery();
}

TEST_F(PostgresFailure, FirstWriteAfterARestartSucceedsOnAFreshConnection) {
  server_.stop();
  server_.start();
  EXPECT_TRUE(bench_->create("b").has_value());
}

TEST_F(PostgresFailure, TerminatedConnectionsAreReplacedBeforeTheNextReadAndWrite) {
  const auto terminate = [&] {
    execute(url_,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'hearth'");
  };
  terminate();
  EXPECT_TRUE(bench_->find("a").has_value());
  terminate();
  EXPECT_TRUE(bench_->create("b").has_value());
}

TEST_F(PostgresFailure, FrozenServerIsAnsweredAtTheDeadline) {
  server_.pause();
  const auto started = std::chrono::steady_clock::now();
  const auto read = bench_->find("a", deadline_in(150ms));
  const auto took = std::chrono::steady_clock::now() - started;
  EXPECT_EQ(read.error().code, ErrorCode::deadline_exceeded);
  EXPECT_GE(took, 145ms);
  EXPECT_LT(took, 2s);
  // The first connection is thrown away; now even the login hangs.
  EXPECT_EQ(bench_->find("a", deadline_in(150ms)).error().code, ErrorCode::deadline_exceeded);
  server_.resume();
  expect_recovery();
}

TEST_F(PostgresFailure, ChangeSentToAFrozenServerIsInDoubt) {
  server_.pause();
  EXPECT_EQ(bench_->create("b", deadline_in(150ms)).error().code, ErrorCode::in_doubt);
  server_.resume();
  expect_recovery();
}

TEST_F(PostgresFailure, BusyServerIsWaitedForThoughALoginRanIntoItsTimeout) {
  PostgresBench bench({.url = url_, .connect_timeout = 100ms});
  server_.pause();
  std::jthread wakes([&] {
    std::this_thread::sleep_for(500ms);
    server_.resume();
  });
  EXPECT_TRUE(bench.find("a", deadline_in(10s)).has_value());
}

TEST_F(PostgresFailure, LoginsThatKeepHangingAreToldAtOnceAfterAWhile) {
  server_.pause();
  PostgresBench bench({.url = url_, .connect_timeout = 100ms, .login_patience = 150ms});
  const auto started = std::chrono::steady_clock::now();
  for (int call = 0; call < 20; ++call) {
    EXPECT_EQ(bench.find("a", deadline_in(5s)).error().code, ErrorCode::unavailable);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, 4s);
  server_.resume();
  const bool reads = eventually(15s, [&] { return bench.find("a", deadline_in(5s)).has_value(); });
  EXPECT_TRUE(reads);
}

TEST_F(PostgresFailure, CallsThatNeedAConnectionShareOneLogin) {
  TcpGate gate(server_.port());
  gate.set_black_hole(true);
  PostgresBench bench(
      {.url = url_with(std::to_string(server_.port()), std::to_string(gate.port()))});
  int failed = 0;
  for (int call = 0; call < 10; ++call) {
    boost::asio::co_spawn(
        bench.context,
        [](PostgresBench& used, int& count) -> application::Task<void> {
          std::vector<domain::FlagKey> keys{key_named("a")};
          const auto answer =
              co_await used.repository.find_many(production, keys, deadline_in(300ms));
          if (!answer) ++count;
        }(bench, failed),
        boost::asio::detached);
  }
  while (failed < 10 && bench.context.run_one() > 0) {
  }
  EXPECT_EQ(failed, 10);
  EXPECT_EQ(gate.connections(), 1u);
}

TEST_F(PostgresFailure, StatementTimeoutCancelsReadsAndChanges) {
  PostgresBench bench({.url = url_, .statement_timeout = 200ms});
  ASSERT_TRUE(bench.find("a").has_value());
  ASSERT_TRUE(bench.create("b").has_value());
  auto holder = hold_table("1.5");
  EXPECT_EQ(bench.find("a").error().code, ErrorCode::deadline_exceeded);
  const auto change = bench.create("c");
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().code, ErrorCode::unavailable);
  EXPECT_THAT(change.error().message, HasSubstr("nothing changed"));
  holder.join();
  EXPECT_TRUE(bench.find("c").value().empty());
  EXPECT_TRUE(bench.create("c").has_value());
}

TEST_F(PostgresFailure, WaitingForAConnectionEndsAtTheDeadline) {
  PostgresBench bench({.url = url_, .connections = 1});
  ASSERT_TRUE(bench.find("a").has_value());
  ASSERT_TRUE(bench.create("b").has_value());
  const auto holder = hold_table("1");
  std::optional<bool> first;
  boost::asio::co_spawn(
      bench.context,
      [](PostgresBench& used, std::optional<bool>& done) -> application::Task<void> {
        std::vector<domain::FlagKey> keys{key_named("a")};
        done = (co_await used.repository.find_many(production, keys, soon())).has_value();
      }(bench, first),
      boost::asio::detached);
  EXPECT_EQ(bench.find("a", deadline_in(100ms)).error().code, ErrorCode::deadline_exceeded);
  EXPECT_FALSE(first);
  EXPECT_TRUE(bench.find("a").has_value());  // waits its turn
  EXPECT_EQ(first, true);
}

TEST_F(PostgresFailure, NeverOpensMoreConnectionsThanAllowed) {
  PostgresBench bench({.url = url_, .connections = 3});
  const auto holder = hold_table("1");  // or one connection may be enough for all of them
  std::size_t succeeded = 0;
  for (int call = 0; call < 40; ++call) {
    boost::asio::co_spawn(
        bench.context,
        [](PostgresBench& used, std::size_t& done) -> application::Task<void> {
          std::vector<domain::FlagKey> keys{key_named("a")};
          const auto answer = co_await used.repository.find_many(production, keys, soon());
          if (answer) ++done;
        }(bench, succeeded),
        boost::asio::detached);
  }
  while (succeeded < 40 && bench.context.run_one() > 0) {
  }
  EXPECT_EQ(succeeded, 40u);
  bench_.reset();
  const auto count = std::stoi(execute(
      url_, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hearth'")[0][0]);
  EXPECT_GE(count, 3);
  EXPECT_LE(count, 4);  // the fixture's own may still be leaving
}

TEST_F(PostgresFailure, WorksFromAnotherThreadAndOverAUnixSocket) {
  const auto name = url_.substr(url_.rfind('/') + 1);
  boost::asio::io_context caller(1);
  boost::asio::io_context io(1);
  auto work = boost::asio::make_work_guard(io);
  {
    adapters::postgres::PostgresRepository repository(io.get_executor(),
                                                      {.url = server_.socket_url_of(name)});
    std::jthread thread([&] { io.run(); });
    std::vector<domain::FlagKey> keys{key_named("a")};
    const auto found = run_task(caller, repository.find_many(production, keys, soon()));
    EXPECT_EQ(found.value().size(), 1u);
    work.reset();
    thread.join();
  }
}

TEST_F(PostgresFailure, WrongLoginOrDatabaseIsMisconfiguredWithoutThePassword) {
  const auto wrong_password = error_with({.url = url_with("open-sesame", "wr0ng-secret")});
  EXPECT_EQ(wrong_password.code, ErrorCode::misconfigured);
  EXPECT_THAT(wrong_password.message, AllOf(HasSubstr("password authentication failed"),
                                            Not(HasSubstr("wr0ng-secret")), Not(HasSubstr("\n"))));
  const auto wrong_database = error_with({.url = server_.url_of("no_such_database")});
  EXPECT_EQ(wrong_database.code, ErrorCode::misconfigured);
  EXPECT_THAT(wrong_database.message,
              AllOf(HasSubstr("no_such_database"), Not(HasSubstr("open-sesame"))));
  const auto migration = adapters::postgres::migrate({.url = server_.url_of("no_such_database")});
  EXPECT_EQ(migration.error().code, ErrorCode::misconfigured);
}

TEST_F(PostgresFailure, MalformedUrlIsMisconfiguredWithoutAnyPartOfIt) {
  for (const auto* url :
       {"", "mysql://hearth:s3cret@localhost/x", "postgres://hearth:s3cret@host:port/db",
        "postgres://hearth:s3@cret@localhost/db", "postgres://hearth:s3/cret@localhost/db",
        "postgres://hearth:s3cret@localhost/db?no_such_parameter=s3cret",
        "postgres://hearth:s3cret%zz@localhost/db", "postgres://[s3cret/db"}) {
    const auto error = error_with({.url = url});
    EXPECT_EQ(error.code, ErrorCode::misconfigured) << url;
    EXPECT_THAT(error.message,
                AllOf(HasSubstr("postgres://user:password@host"), Not(HasSubstr("cret"))))
        << url;
  }
}

TEST_F(PostgresFailure, NothingThatListensIsUnavailable) {
  const auto url = "postgres://hearth:open-sesame@127.0.0.1:" + std::to_string(free_port()) + "/x";
  const auto error = error_with({.url = url});
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.message, AllOf(HasSubstr("refused"), Not(HasSubstr("open-sesame"))));
}

TEST_F(PostgresFailure, DatabaseWithoutSchemaSaysToMigrate) {
  const auto error = error_with({.url = server_.create_database()});
  EXPECT_EQ(error.code, ErrorCode::misconfigured);
  EXPECT_THAT(error.message, HasSubstr("hearth migrate"));
}

TEST_F(PostgresFailure, UserWithoutPermissionIsMisconfigured) {
  execute(url_, "CREATE ROLE guest LOGIN PASSWORD 'guest'");
  const auto error = error_with({.url = url_with("hearth:open-sesame", "guest:guest")});
  EXPECT_EQ(error.code, ErrorCode::misconfigured);
  EXPECT_THAT(error.message, HasSubstr("permission"));
}

TEST_F(PostgresFailure, ReadOnlyServerTakesNoChangesButReads) {
  const auto url = url_ + "?options=-c%20default_transaction_read_only%3Don";
  PostgresBench bench({.url = url});
  EXPECT_TRUE(bench.find("a").has_value());
  const auto change = bench.create("b");
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace hearth::test_support
