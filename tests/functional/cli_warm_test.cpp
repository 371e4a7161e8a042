#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functional/functional_support.hpp"
#include "support/free_port.hpp"
#include "support/hearth_process.hpp"
#include "support/redis_server.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::CommandResult;
using test_support::Environment;
using test_support::HearthServer;
using test_support::RedisServer;
using test_support::run_hearth;
using testing::HasSubstr;
using testing::MatchesRegex;

/// A SQLite database with the 270 real flags.
class CliWarm : public testing::Test {
 protected:
  CliWarm() {
    const auto imported = run_hearth({"flags", "import", HEARTH_DATA_SET}, environment());
    EXPECT_EQ(imported.exit_code, 0) << imported.err;
  }

  [[nodiscard]] Environment environment(const std::string& redis_url = {}) const {
    Environment settings{{"DATABASE_URL", "sqlite:" + (folder_.path() / "flags.db").string()}};
    if (!redis_url.empty()) settings["REDIS_URL"] = redis_url;
    return settings;
  }
  /// The address of a Redis that is not there.
  static std::string nowhere() {
    return "redis://127.0.0.1:" + std::to_string(test_support::free_port());
  }

 private:
  test_support::TemporaryDirectory folder_;
};

TEST_F(CliWarm, WithoutRedisThereIsNothingToWarm) {
  const auto result = run_hearth({"warm"}, environment());
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("REDIS_URL is not set"));
}

TEST_F(CliWarm, WarmsTwentyOfThoseThatAreRead) {
  const RedisServer redis;
  {
    auto settings = environment();
    settings["ADMIN_TOKEN"] = admin_token;
    HearthServer::Options options;
    options.environment = settings;
    HearthServer server(options);
    const auto flags = json_of(server.request("GET", "/api/admin/flags?limit=1000", admin()));
    int read = 0;
    for (const auto& flag : at(flags, "flags").as_array()) {
      if (!at(flag, "enabled").as_bool()) continue;
      ASSERT_EQ(read_flag(server, at(flag, "key").as_string().c_str()).status, 200);
      if (++read == 30) break;
    }
    ASSERT_EQ(read, 30);
    ASSERT_EQ(server.stop(), 0);
  }
  const auto warmed = run_hearth({"warm"}, environment(redis.url()));
  EXPECT_EQ(warmed.exit_code, 0);
  EXPECT_EQ(warmed.err, "");
  EXPECT_THAT(warmed.out, HasSubstr("warmed 20 of 20 flags in "));
  EXPECT_EQ(redis.command({"KEYS", "feature_flags:production:*"}).elements.size(), 20U);
  const auto again = run_hearth({"warm", "--top", "25", "--json"}, environment(redis.url()));
  const auto record = json_of(again.out);
  EXPECT_EQ(at(record, "written"), 5);
  EXPECT_EQ(at(record, "unchanged"), 20);
  EXPECT_EQ(at(record, "trigger"), "manual");
  EXPECT_EQ(at(record, "error"), nullptr);
}

TEST_F(CliWarm, NamedKeysAndTheTriggerAreTakenOver) {
  const RedisServer redis;
  const auto result = run_hearth({"warm", "--key", "panelTitleSearch", "--key", "no-such-flag",
                                  "--trigger", "deployment", "--json"},
                                 environment(redis.unix_url()));
  EXPECT_EQ(result.exit_code, 0);
  const auto record = json_of(result.out);
  EXPECT_EQ(at(record, "trigger"), "deployment");
  EXPECT_EQ(at(record, "requested"), 2);
  EXPECT_EQ(at(record, "written"), 1);
  EXPECT_EQ(at(record, "missing"), 1);
  EXPECT_EQ(redis.command({"EXISTS", "feature_flags:production:panelTitleSearch"}).integer, 1);
  EXPECT_EQ(run_hearth({"warm", "--key", "a/b"}, environment(redis.url())).exit_code, 2);
  EXPECT_EQ(run_hearth({"warm", "--trigger", "whim"}, environment(redis.url())).exit_code, 2);
}

TEST_F(CliWarm, RedisThatIsDownFailsOnlyWhoAsksForIt) {
  const auto lenient = run_hearth({"warm"}, environment(nowhere()));
  EXPECT_EQ(lenient.exit_code, 0);
  EXPECT_THAT(lenient.out, HasSubstr("warmed 0 of"));
  EXPECT_THAT(lenient.err, HasSubstr("warming failed"));
  const auto strict = run_hearth({"warm", "--strict"}, environment(nowhere()));
  EXPECT_EQ(strict.exit_code, 1);
  EXPECT_THAT(strict.err, HasSubstr("warming failed"));
  const auto json = run_hearth({"warm", "--json", "--strict"}, environment(nowhere()));
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_FALSE(at(json_of(json.out), "error").is_null());
}

TEST_F(CliWarm, ChangeThatCannotReachRedisIsCommittedAndSaysSo) {
  const auto changed =
      run_hearth({"flags", "set", "panelTitleSearch", "--enabled", "true"}, environment(nowhere()));
  EXPECT_EQ(changed.exit_code, 0);
  EXPECT_THAT(changed.err,
              HasSubstr("the change is committed, but the cache could not be reached"));
  EXPECT_THAT(run_hearth({"flags", "get", "panelTitleSearch"}, environment()).out,
              HasSubstr("enabled:     true"));
}

}  // namespace
}  // namespace hearth::functional
