// Changes that a server learns of from the database alone, as its users meet them.

#include <gtest/gtest.h>

#include "functional/failure_fixture.hpp"
#include "support/eventually.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::execute;
using test_support::HearthServer;
using test_support::run_hearth;
using namespace std::chrono_literals;

constexpr auto patience = 5s;

/// Reads until the flag has this rollout percentage.
bool rollout_becomes(const HearthServer& server, std::string_view key, int rollout) {
  return eventually(patience, [&] {
    return at(json_of(read_flag(server, key)), "rolloutPercentage") == rollout;
  });
}

class Reconciliation : public FailureTest {};

TEST_F(Reconciliation, ChangesMadeByHandReachTheReaders) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  ASSERT_TRUE(becomes_a_hit(server, "flag-2"));
  execute(database, "UPDATE feature_flags SET rollout_percentage = 7 WHERE flag_key = 'flag-1'");
  EXPECT_TRUE(rollout_becomes(server, "flag-1", 7));
  execute(database, "DELETE FROM feature_flags WHERE flag_key = 'flag-2'");
  EXPECT_TRUE(eventually(patience, [&] { return read_flag(server, "flag-2").status == 404; }));
}

TEST_F(Reconciliation, ServersWithoutRedisSeeEachOthersChanges) {
  const HearthServer writer(options({{"REDIS_URL", ""}}));
  const HearthServer other(options({{"REDIS_URL", ""}}));
  ASSERT_TRUE(becomes_a_hit(other, "flag-1"));
  ASSERT_EQ(patch_flag(writer, "flag-1", R"({"rolloutPercentage":7})").status, 200);
  EXPECT_TRUE(rollout_becomes(other, "flag-1", 7));
}

TEST(EmbeddedReconciliation, ServerSeesWhatTheCommandLineChanges) {
  const test_support::TemporaryDirectory folder;
  auto settings = basic_environment();
  settings["DATABASE_URL"] = "sqlite:" + (folder.path() / "flags.db").string();
  HearthServer::Options options;
  options.environment = settings;
  options.wait_for = HearthServer::WaitFor::ready;
  const HearthServer server(options);
  ASSERT_EQ(create_flag(server, R"({"key":"a","enabled":true})").status, 201);
  ASSERT_TRUE(becomes_a_hit(server, "a"));
  const auto set = run_hearth({"flags", "set", "a", "--rollout", "7"}, settings);
  ASSERT_EQ(set.exit_code, 0) << set.err;
  EXPECT_TRUE(rollout_becomes(server, "a", 7));
}

}  // namespace
}  // namespace hearth::functional
