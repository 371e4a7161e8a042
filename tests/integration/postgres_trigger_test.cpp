#include <gmock/gmock.h>

#include "integration/postgres_bench.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using domain::Flag;
using domain::Tombstone;

/// A server with one flag, `a`, and the means to change it by hand.
class PostgresTriggers : public testing::Test {
 protected:
  PostgresTriggers() : url_(server_.create_database()) {
    adapters::postgres::migrate({.url = url_}).value();
    bench_.emplace(adapters::postgres::PostgresSettings{.url = url_});
    flag_.emplace(bench_->create("a").value());
  }

  Flag present() { return std::get<Flag>(bench_->find("a").value().at(0)); }

  PostgresServer server_;
  std::string url_;
  std::optional<PostgresBench> bench_;
  std::optional<Flag> flag_;
};

TEST_F(PostgresTriggers, HandMadeUpdateBumpsTheVersionWhateverItSays) {
  execute(url_, "UPDATE feature_flags SET enabled = false, version = 0, updated_at = 'epoch'");
  EXPECT_GT(present().version, flag_->version);
  EXPECT_GE(present().updated_at, flag_->updated_at);
  EXPECT_FALSE(present().enabled);
  execute(url_, "UPDATE feature_flags SET version = 9000000000000");
  EXPECT_LT(present().version, 1000u);
}

TEST_F(PostgresTriggers, HandMadeChangesNotifyWithKeyAndVersion) {
  PostgresListener listener(url_, "feature_flags");
  execute(url_, "UPDATE feature_flags SET rollout_percentage = 5");
  EXPECT_EQ(listener.next(10s), "production:a " + std::to_string(present().version));
  execute(url_, "INSERT INTO feature_flags (flag_key, environment) VALUES ('b', 'staging')");
  const auto inserted = execute(url_, "SELECT version FROM feature_flags WHERE flag_key = 'b'");
  EXPECT_EQ(listener.next(10s), "staging:b " + inserted[0][0]);
  execute(url_, "DELETE FROM feature_flags WHERE flag_key = 'a'");
  const auto gone = std::get<Tombstone>(bench_->find("a").value().at(0));
  EXPECT_EQ(listener.next(10s), "production:a " + std::to_string(gone.version));
}

TEST_F(PostgresTriggers, ChangesThatTheirWriterAnnouncesNotifyNobody) {
  PostgresBench announcing({.url = url_, .announces_changes = true});
  PostgresListener listener(url_, "feature_flags");
  announcing.create("b").value();
  // What comes first is the first of the changes that nobody announces.
  const auto next = bench_->create("c").value();
  EXPECT_EQ(listener.next(10s), "production:c " + std::to_string(next.version));
  execute(url_, "UPDATE feature_flags SET rollout_percentage = 5 WHERE flag_key = 'b'");
  const auto by_hand = std::get<Flag>(bench_->find("b").value().at(0));
  EXPECT_EQ(listener.next(10s), "production:b " + std::to_string(by_hand.version));
}

TEST_F(PostgresTriggers, HandMadeDeleteIsSoftAndRepeatable) {
  bench_->create("b").value();
  execute(url_, "DELETE FROM feature_flags");
  const auto gone = std::get<Tombstone>(bench_->find("a").value().at(0));
  EXPECT_GT(gone.version, flag_->version);
  EXPECT_TRUE(std::holds_alternative<Tombstone>(bench_->find("b").value().at(0)));
  execute(url_, "DELETE FROM feature_flags");
  EXPECT_EQ(std::get<Tombstone>(bench_->find("a").value().at(0)), gone);
}

TEST_F(PostgresTriggers, HandMadeUndeleteBringsTheFlagBack) {
  execute(url_, "DELETE FROM feature_flags");
  execute(url_, "UPDATE feature_flags SET deleted_at = NULL");
  EXPECT_GT(present().version, flag_->version + 1);
}

TEST_F(PostgresTriggers, FlagRemovedPhysicallyComesBackWithAGreaterVersion) {
  execute(url_,
          "SET session_replication_role = replica; DELETE FROM feature_flags;"
          "SET session_replication_role = origin");
  EXPECT_TRUE(bench_->find("a").value().empty());
  EXPECT_GT(bench_->create("a").value().version, flag_->version);
}

TEST_F(PostgresTriggers, RenamingAndTruncatingAreRefusedWithAnAdvice) {
  for (const auto* sql : {"UPDATE feature_flags SET flag_key = 'b'",
                          "UPDATE feature_flags SET environment = 'staging'"}) {
    try {
      execute(url_, sql);
      ADD_FAILURE() << sql;
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("Create a new flag")) << sql;
    }
  }
  EXPECT_THROW(execute(url_, "TRUNCATE feature_flags CASCADE"), std::runtime_error);
  EXPECT_EQ(present(), *flag_);
}

TEST_F(PostgresTriggers, ChecksRefuseWhatHearthCouldNotRead) {
  for (const auto* values :
       {"('a b', 'production', '', 100)", "('', 'production', '', 100)",
        "('..', 'production', '', 100)", "(E'x\\n', 'production', '', 100)",
        "('\u00e9', 'production', '', 100)", "(repeat('x', 101), 'production', '', 100)",
        "('x', 'a.b', '', 100)", "('x', '', '', 100)", "('x', repeat('e', 65), '', 100)",
        "('x', 'production', repeat('x', 2001), 100)", "('x', 'production', '', 101)",
        "('x', 'production', '', -1)", "('x', 'production', NULL, 1)"}) {
    EXPECT_THROW(execute(url_,
                         "INSERT INTO feature_flags (flag_key, environment, description, "
                         "rollout_percentage) VALUES " +
                             std::string(values)),
                 std::runtime_error)
        << values;
  }
  execute(url_,
          "INSERT INTO feature_flags (flag_key, environment, description) "
          "VALUES ('x', 'production', repeat('\u00e9', 2000))");
  EXPECT_EQ(bench_->find("x").value().size(), 1u);
}

}  // namespace
}  // namespace hearth::test_support
