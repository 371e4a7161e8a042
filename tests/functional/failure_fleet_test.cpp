#include <gtest/gtest.h>

#include <algorithm>

#include "functional/failure_fixture.hpp"
#include "support/eventually.hpp"

namespace hearth::functional {
namespace {

using test_support::eventually;
using test_support::execute;
using test_support::HearthServer;
using test_support::HttpConnection;
using namespace std::chrono_literals;

class Fleet : public FailureTest {};

TEST_F(Fleet, AcknowledgedChangeIsSeenByTheNextReadOfAnotherServer) {
  const HearthServer writer(options());
  const HearthServer other(options());
  ASSERT_TRUE(becomes_a_hit(other, "flag-1"));
  HttpConnection changes(writer.port());
  HttpConnection reads(other.port());
  int stale = 0;
  for (int i = 0; i < 500; ++i) {
    const auto body = R"({"description":")" + std::to_string(i) + "\"}";
    const auto changed = changes.request("PATCH", "/api/admin/flags/flag-1", admin(), body);
    ASSERT_EQ(changed.status, 200) << i;
    const auto read = reads.request("GET", "/api/config/flags/flag-1");
    ASSERT_EQ(read.status, 200);
    if (at(json_of(read), "description").as_string() != std::to_string(i)) ++stale;
    // Now and then there is no entry: a fill then races with the next change.
    if (i % 3 == 0) redis.run({"DEL", redis_key("flag-1")});
    if (i % 5 == 0) (void)writer.request("POST", "/api/admin/cache/warm", admin());
  }
  EXPECT_EQ(stale, 0);
}

TEST_F(Fleet, DeletionAndCreationAreSeenByTheNextReadOfAnotherServer) {
  const HearthServer writer(options());
  const HearthServer other(options());
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(create_flag(writer, R"({"key":"on-and-off"})").status, 201) << i;
    ASSERT_EQ(read_flag(other, "on-and-off").status, 200) << i;
    ASSERT_EQ(writer.request("DELETE", "/api/admin/flags/on-and-off", admin()).status, 204) << i;
    ASSERT_EQ(read_flag(other, "on-and-off").status, 404) << i;
  }
}

TEST_F(Fleet, CommandLineChangeIsSeenByTheNextReadOfAServer) {
  const HearthServer server(options());
  ASSERT_TRUE(becomes_a_hit(server, "flag-1"));
  for (int i = 1; i <= 5; ++i) {
    const auto set = test_support::run_hearth(
        {"flags", "set", "flag-1", "--rollout", std::to_string(i)}, environment());
    ASSERT_EQ(set.exit_code, 0) << set.err;
    EXPECT_EQ(set.err, "");
    EXPECT_EQ(at(json_of(read_flag(server, "flag-1")), "rolloutPercentage"), i);
  }
}

TEST_F(Fleet, NewInstanceWarmsTheBusiestFlagsOfTheRealSet) {
  auto settings = environment();
  settings["HEARTH_ENVIRONMENT"] = "real";
  const auto imported = test_support::run_hearth({"flags", "import", HEARTH_DATA_SET}, settings);
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_EQ(imported.out, "imported: 270 created, 0 updated, 0 unchanged\n");

  // Twenty enabled flags are busy, and five more are read once.
  std::vector<std::string> enabled;
  for (const auto& row : execute(database,
                                 "SELECT flag_key FROM feature_flags WHERE environment = 'real' "
                                 "AND enabled ORDER BY md5(flag_key) LIMIT 25")) {
    enabled.push_back(row.at(0));
  }
  ASSERT_EQ(enabled.size(), 25U);
  std::vector<std::string> busy(enabled.begin(), enabled.begin() + 20);
  {
    const HearthServer first(options(settings));
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      const int reads = i < busy.size() ? 5 + static_cast<int>(i) : 1;
      for (int k = 0; k < reads; ++k) ASSERT_EQ(read_flag(first, enabled[i]).status, 200);
    }
    EXPECT_TRUE(eventually(10s, [&] {
      return execute(database, "SELECT count(*) FROM feature_flag_access").at(0).at(0) == "25";
    }));
  }
  redis.run({"FLUSHALL"});

  const HearthServer second(options(settings));
  std::vector<std::string> expected;
  for (const auto& key : busy) expected.push_back("feature_flags:real:" + key);
  std::ranges::sort(expected);
  EXPECT_EQ(cached_keys(), expected);
  for (const auto& key : expected) {
    const auto ttl = redis.command({"TTL", key}).integer;
    EXPECT_GT(ttl, 280) << key;
    EXPECT_LE(ttl, 300) << key;
  }
  for (const auto& key : busy) {
    const auto response = read_flag(second, key);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("X-Cache"), "hit") << key;
  }
  const auto warm = second.request("POST", "/api/admin/cache/warm", admin());
  EXPECT_EQ(warm.status, 200);
  EXPECT_EQ(at(json_of(warm), "warmed"), 20);
  EXPECT_EQ(at(record_of(second, warm), "error"), nullptr);
  EXPECT_EQ(cached_keys(), expected);
}

}  // namespace
}  // namespace hearth::functional
