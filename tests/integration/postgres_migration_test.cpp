#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "integration/postgres_bench.hpp"

namespace hearth::test_support {
namespace {

using adapters::postgres::migrate;
using domain::ErrorCode;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(PostgresMigrations, SecondRunAppliesNothing) {
  PostgresServer server;
  const auto url = server.create_database();
  const auto first = migrate({.url = url}).value();
  EXPECT_THAT(first.applied, Not(IsEmpty()));
  EXPECT_THAT(first.already_applied, IsEmpty());
  const auto second = migrate({.url = url}).value();
  EXPECT_THAT(second.applied, IsEmpty());
  EXPECT_EQ(second.already_applied, first.applied);
  const auto rows = execute(url, "SELECT name, length(checksum) FROM hearth_migrations");
  ASSERT_EQ(rows.size(), first.applied.size());
  EXPECT_EQ(rows[0][0], first.applied[0]);
  EXPECT_EQ(rows[0][1], "64");
}

TEST(PostgresMigrations, RunningAtOnceAppliesEachOnce) {
  PostgresServer server;
  const auto url = server.create_database();
  std::vector<std::size_t> applied(6);
  {
    std::vector<std::jthread> threads;
    for (auto& count : applied) {
      threads.emplace_back([&] { count = migrate({.url = url}).value().applied.size(); });
    }
  }
  EXPECT_EQ(std::ranges::count(applied, 0u), 5);
}

TEST(PostgresMigrations, ChangedMigrationIsRefused) {
  PostgresServer server;
  const auto url = server.create_database();
  migrate({.url = url}).value();
  execute(url, "UPDATE hearth_migrations SET checksum = 'other'");
  const auto refused = migrate({.url = url});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::misconfigured);
  EXPECT_THAT(refused.error().message, HasSubstr("has changed since"));
}

TEST(PostgresMigrations, MigrationOfANewerBinaryIsRefused) {
  PostgresServer server;
  const auto url = server.create_database();
  migrate({.url = url}).value();
  execute(url, "INSERT INTO hearth_migrations VALUES ('9999_later.sql', 'x')");
  const auto refused = migrate({.url = url});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::misconfigured);
  EXPECT_THAT(refused.error().message, HasSubstr("9999_later.sql"));
}

TEST(PostgresMigrations, FailedMigrationLeavesNothingBehind) {
  PostgresServer server;
  const auto url = server.create_database();
  execute(url, "CREATE TABLE feature_flag_access (something_else int)");
  const auto failed = migrate({.url = url});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("0001_feature_flags.sql"));
  EXPECT_EQ(execute(url, "SELECT to_regclass('feature_flags') IS NULL")[0][0], "t");
  execute(url, "DROP TABLE feature_flag_access");
  EXPECT_TRUE(migrate({.url = url}));
}

TEST(PostgresMigrations, DatabaseThatIsNotUtf8IsRefused) {
  PostgresServer server;
  execute(server.url(), "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  const auto refused = migrate({.url = server.url_of("latin")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::misconfigured);
  EXPECT_THAT(refused.error().message, HasSubstr("UTF8"));
}

TEST(PostgresMigrations, ServerThatIsDownIsUnavailable) {
  PostgresServer server;
  const auto url = server.create_database();
  server.stop();
  EXPECT_EQ(migrate({.url = url}).error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace hearth::test_support
