#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "functional/functional_support.hpp"
#include "support/hearth_process.hpp"
#include "support/postgres_server.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {

/// Cases of the command line that hold for either database; the parameter names it.
class CliDatabaseTest : public testing::TestWithParam<std::string> {
 protected:
  CliDatabaseTest() {
    if (GetParam() == "SQLite") {
      url_ = "sqlite:" + (folder_.path() / "flags.db").string();
    } else {
      // One server for all cases of a process; each has a database of its own.
      static test_support::PostgresServer server;
      url_ = server.create_database();
    }
  }

  /// Makes the schema where that takes a command of its own.
  void SetUp() override {
    const auto migrated = run({"migrate"});
    ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
  }

  [[nodiscard]] test_support::CommandResult run(const std::vector<std::string>& arguments,
                                                std::string_view input = {}) const {
    return test_support::run_hearth(arguments, {{"DATABASE_URL", url_}}, input);
  }
  /// A command that must succeed without a warning (but for the note that a change made without
  /// REDIS_URL reaches a running server late); its output.
  [[nodiscard]] std::string succeed(const std::vector<std::string>& arguments,
                                    std::string_view input = {}) const {
    const auto result = run(arguments, input);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_TRUE(result.err.empty() || result.err.starts_with("hearth: note: REDIS_URL is not set"))
        << result.err;
    return result.out;
  }

  [[nodiscard]] std::string path_of(const std::string& name) const {
    return (folder_.path() / name).string();
  }

 private:
  test_support::TemporaryDirectory folder_;
  std::string url_;
};

/// Runs the cases of a suite against both databases.
#define HEARTH_FOR_BOTH_DATABASES(suite)                                              \
  INSTANTIATE_TEST_SUITE_P(Databases, suite, testing::Values("SQLite", "PostgreSQL"), \
                           [](const auto& database) { return database.param; })

}  // namespace hearth::functional
