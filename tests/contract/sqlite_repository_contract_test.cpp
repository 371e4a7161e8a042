#include <fstream>
#include <numeric>
#include <sqlite3.h>
#include <thread>

#include "adapters/sqlite/sqlite_migrations.hpp"
#include "adapters/sqlite/sqlite_repository.hpp"
#include "contract/flag_repository_contract.hpp"
#include "support/flag_stream.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::test_support {
namespace {

using namespace std::chrono_literals;
using adapters::sqlite::migrate_sqlite;
using adapters::sqlite::SqliteRepository;
using domain::ErrorCode;

/// Runs SQL past hearth, as somebody at a shell would. The rows of the last statement.
std::vector<std::vector<std::string>> execute(const std::string& path, const std::string& sql) {
  sqlite3* opened = nullptr;
  const int outcome = sqlite3_open(path.c_str(), &opened);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, sqlite3_close);
  if (outcome != SQLITE_OK) throw std::runtime_error("cannot open " + path);
  std::vector<std::vector<std::string>> rows;
  const auto collect = [](void* collected, int columns, char** values, char**) {
    auto& row = static_cast<std::vector<std::vector<std::string>>*>(collected)->emplace_back();
    for (int column = 0; column < columns; ++column) {
      row.emplace_back(values[column] == nullptr ? "NULL" : values[column]);
    }
    return 0;
  };
  if (sqlite3_exec(opened, sql.c_str(), collect, &rows, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(opened));
  }
  return rows;
}

class SqliteUnderTest final : public RepositoryUnderTest {
 public:
  SqliteUnderTest() {
    migrate_sqlite(path()).value();
    repository_ = SqliteRepository::open(path()).value();
  }

  std::string path() const { return folder_.path() / "hearth.db"; }
  application::FlagRepository& flags() override { return *repository_; }
  application::AccessRepository& accesses() override { return *repository_; }
  boost::asio::io_context& context() override { return context_; }

  void execute_by_hand(const std::string& sql) override { execute(path(), sql); }

  std::optional<StoredAccess> stored_access(const domain::Environment& environment,
                                            const domain::FlagKey& key) override {
    const auto rows = execute(path(),
                              "SELECT request_count, last_accessed_at, printf('%.17g', heat) "
                              "FROM feature_flag_access a JOIN feature_flags f ON f.id = a.flag_id "
                              "WHERE environment = '" +
                                  environment.text() + "' AND flag_key = '" + key.text() + "'");
    if (rows.empty()) return std::nullopt;
    return StoredAccess{
        .request_count = std::stoll(rows[0][0]),
        .last_accessed_at = domain::Timestamp(std::chrono::milliseconds(std::stoll(rows[0][1]))),
        .heat = std::stod(rows[0][2])};
  }

  domain::Flag create(const std::string& key) {
    const domain::FlagDraft draft{
        .key = *domain::FlagKey::parse(key), .enabled = true, .description = ""};
    return run_task(context_, repository_->create(*domain::Environment::parse("production"), draft,
                                                  application::deadline_in(10s)))
        .value();
  }
  domain::FlagState find(const std::string& key) {
    std::vector<domain::FlagKey> keys{*domain::FlagKey::parse(key)};
    return run_task(context_, repository_->find_many(*domain::Environment::parse("production"),
                                                     keys, application::deadline_in(10s)))
        .value()
        .at(0);
  }

 private:
  TemporaryDirectory folder_;
  boost::asio::io_context context_{1};
  std::unique_ptr<SqliteRepository> repository_;
};

std::unique_ptr<RepositoryUnderTest> make() { return std::make_unique<SqliteUnderTest>(); }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, FlagRepositoryContract, testing::Values(&make),
                         [](const auto&) { return std::string("sqlite"); });

TEST(SqliteTriggers, HandMadeUpdateBumpsTheVersionWhateverItSays) {
  SqliteUnderTest store;
  const auto flag = store.create("a");
  execute(store.path(), "UPDATE feature_flags SET enabled = 0, version = 0, updated_at = 0");
  const auto changed = std::get<domain::Flag>(store.find("a"));
  EXPECT_GT(changed.version, flag.version);
  EXPECT_GE(changed.updated_at, flag.updated_at);
  execute(store.path(), "PRAGMA recursive_triggers = ON; UPDATE feature_flags SET enabled = 1");
  EXPECT_EQ(std::get<domain::Flag>(store.find("a")).version, changed.version + 1);
}

TEST(SqliteTriggers, HandMadeDeleteIsSoft) {
  SqliteUnderTest store;
  const auto a = store.create("a");
  const auto b = store.create("b");
  execute(store.path(), "DELETE FROM feature_flags");
  const auto gone_a = std::get<domain::Tombstone>(store.find("a"));
  const auto gone_b = std::get<domain::Tombstone>(store.find("b"));
  EXPECT_GT(gone_a.version, b.version);
  EXPECT_GT(gone_b.version, b.version);
  execute(store.path(), "DELETE FROM feature_flags");
  EXPECT_EQ(std::get<domain::Tombstone>(store.find("a")), gone_a);
}

TEST(SqliteTriggers, RenamingAFlagIsRefused) {
  SqliteUnderTest store;
  store.create("a");
  EXPECT_THROW(execute(store.path(), "UPDATE feature_flags SET flag_key = 'b'"),
               std::runtime_error);
  EXPECT_THROW(execute(store.path(), "UPDATE feature_flags SET environment = 'staging'"),
               std::runtime_error);
}

TEST(SqliteSchema, RefusesWhatHearthCouldNotRead) {
  SqliteUnderTest store;
  for (const auto* values :
       {"('a b', 'production', '', 100)", "('..', 'production', '', 100)",
        "('', 'production', '', 100)", "('a', 'x.y', '', 100)",
        "('a', 'production', printf('%2001s', 'x'), 100)", "('a', 'production', '', 101)"}) {
    EXPECT_THROW(execute(store.path(),
                         "INSERT INTO feature_flags (flag_key, environment, description, "
                         "rollout_percentage) VALUES " +
                             std::string(values)),
                 std::runtime_error)
        << values;
  }
}

TEST(SqliteMigrations, SecondRunAppliesNothing) {
  const TemporaryDirectory folder;
  const auto path = (folder.path() / "hearth.db").string();
  const auto first = migrate_sqlite(path).value();
  EXPECT_FALSE(first.applied.empty());
  EXPECT_TRUE(first.already_applied.empty());
  const auto second = migrate_sqlite(path).value();
  EXPECT_TRUE(second.applied.empty());
  EXPECT_EQ(second.already_applied, first.applied);
}

TEST(SqliteMigrations, RunningAtOnceAppliesEachOnce) {
  const TemporaryDirectory folder;
  const auto path = (folder.path() / "hearth.db").string();
  std::vector<std::size_t> applied(4);
  {
    std::vector<std::jthread> threads;
    for (auto& count : applied) {
      threads.emplace_back([&] { count = migrate_sqlite(path).value().applied.size(); });
    }
  }
  const auto all = migrate_sqlite((folder.path() / "other.db").string()).value().applied.size();
  EXPECT_EQ(std::accumulate(applied.begin(), applied.end(), std::size_t{0}), all);
}

TEST(SqliteMigrations, ChangedOrUnknownMigrationIsRefused) {
  const TemporaryDirectory folder;
  const auto path = (folder.path() / "hearth.db").string();
  migrate_sqlite(path).value();
  execute(path, "UPDATE hearth_migrations SET checksum = 'other'");
  EXPECT_EQ(migrate_sqlite(path).error().code, ErrorCode::misconfigured);
  execute(path,
          "DELETE FROM hearth_migrations;"
          "INSERT INTO hearth_migrations (name, checksum) VALUES ('9999_later.sql', 'x')");
  const auto refused = migrate_sqlite(path);
  EXPECT_EQ(refused.error().code, ErrorCode::misconfigured);
  EXPECT_NE(refused.error().message.find("9999_later.sql"), std::string::npos);
}

TEST(SqliteRepository, OpenSaysWhatIsWrongWithTheFile) {
  const TemporaryDirectory folder;
  const auto missing = SqliteRepository::open(folder.path() / "no" / "such" / "hearth.db");
  EXPECT_EQ(missing.error().code, ErrorCode::misconfigured);
  EXPECT_NE(missing.error().message.find("create it"), std::string::npos);
  const auto text = folder.path() / "text.db";
  std::ofstream(text) << std::string(4096, 'x');
  const auto not_a_database = SqliteRepository::open(text);
  EXPECT_EQ(not_a_database.error().code, ErrorCode::misconfigured);
  EXPECT_EQ(migrate_sqlite(text).error().code, ErrorCode::misconfigured);
  EXPECT_EQ(SqliteRepository::open(folder.path()).error().code, ErrorCode::misconfigured);
}

TEST(SqliteRepository, WithoutSchemaSaysToMigrate) {
  const TemporaryDirectory folder;
  boost::asio::io_context context(1);
  const auto repository = SqliteRepository::open(folder.path() / "hearth.db").value();
  const application::HeatQuery query;
  const auto answer =
      run_task(context, find_hottest(*repository, *domain::Environment::parse("production"), query,
                                     application::deadline_in(10s)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::misconfigured);
  EXPECT_NE(answer.error().message.find("hearth migrate"), std::string::npos);
}

TEST(SqliteRepository, ChangeWaitsForAnotherProcessOnlyUntilItsDeadline) {
  SqliteUnderTest store;
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(store.path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const domain::FlagDraft draft{.key = *domain::FlagKey::parse("a"), .description = ""};
  const auto started = std::chrono::steady_clock::now();
  const auto blocked =
      run_task(store.context(), store.flags().create(*domain::Environment::parse("production"),
                                                     draft, application::deadline_in(100ms)));
  const auto took = std::chrono::steady_clock::now() - started;
  sqlite3_close(other);
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code, ErrorCode::deadline_exceeded);
  EXPECT_GE(took, 95ms);
  EXPECT_LT(took, 5s);
  EXPECT_GT(store.create("a").version, 0u);
}

}  // namespace hearth::test_support
