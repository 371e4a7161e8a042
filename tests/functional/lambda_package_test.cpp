#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "functional/functional_support.hpp"
#include "support/child_process.hpp"
#include "support/lambda_root.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

namespace hearth::functional {
namespace {

using std::filesystem::perms;
using test_support::Environment;
using test_support::HearthServer;
using test_support::LambdaRoot;
using test_support::PostgresServer;
using test_support::RedisServer;
using test_support::TemporaryDirectory;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

constexpr auto bootstrap = test_support::lambda_bootstrap;

/// The zip that the build has made.
const std::filesystem::path zip = HEARTH_LAMBDA_ZIP;

/// Unpacked once for all tests.
const LambdaRoot& root() {
  static const LambdaRoot unpacked(zip);
  return unpacked;
}

perms permissions_of(std::string_view name) {
  return std::filesystem::status(root().task() / name).permissions();
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string with_host(std::string url, std::string_view host) {
  const std::string_view loopback = "127.0.0.1";
  return url.replace(url.find(loopback), loopback.size(), host);
}

TEST(LambdaPackage, HoldsAnExecutableBootstrapAtItsRoot) {
  EXPECT_EQ(permissions_of("bootstrap"), static_cast<perms>(0755));
  EXPECT_EQ(permissions_of("hearth"), static_cast<perms>(0755));
  EXPECT_THAT(bytes_of(root().task() / "ca-certificates.crt"),
              StartsWith("-----BEGIN CERTIFICATE-----"));
  EXPECT_THAT(zip.filename().string(), MatchesRegex("hearth-lambda-(x86_64|arm64)\\.zip"));
}

TEST(LambdaPackage, FitsIntoAFunction) {
  EXPECT_LT(std::filesystem::file_size(zip), 50'000'000U) << "to be uploaded directly";
}

TEST(LambdaPackage, SameBinariesGiveTheSameBytes) {
  const TemporaryDirectory folder;
  auto script = test_support::ChildProcess::start(
      {HEARTH_PACKAGE_SCRIPT, HEARTH_BINARY_FOLDER, folder.path().string()});
  ASSERT_EQ(script.wait(std::chrono::seconds(60)), 0);
  EXPECT_TRUE(bytes_of(folder.path() / zip.filename()) == bytes_of(zip));
}

// Control: nothing in that root could run a program that needs libraries.
TEST(LambdaPackage, EmptyRootRunsNothingThatBringsNoLoader) {
  const auto result = root().run("/var/task/hearth", {"--version"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("No such file or directory"));
}

TEST(LambdaPackage, RunsInAnEmptyRoot) {
  const auto result = root().run(bootstrap, {"--version"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("hearth "));
}

TEST(LambdaPackage, IgnoresLibrariesOfTheSystemItRunsOn) {
  const auto folder = root().path() / "lib64";
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "libpq.so.5") << "not a library";
  const auto result =
      root().run(bootstrap, {"--version"}, {{"LD_LIBRARY_PATH", "/var/lang/lib:/lib64"}});
  std::filesystem::remove_all(folder);
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(LambdaPackage, RunsWhereverLambdaSaysItIs) {
  std::filesystem::copy(root().task(), root().path() / "elsewhere",
                        std::filesystem::copy_options::recursive);
  const auto said = root().run(bootstrap, {"--version"}, {{"LAMBDA_TASK_ROOT", "/elsewhere"}});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  const auto own = root().run("/elsewhere/bootstrap", {"--version"});
  EXPECT_EQ(own.exit_code, 0) << own.err;
  std::filesystem::remove_all(root().path() / "elsewhere");
  const auto gone = root().run(bootstrap, {"--version"}, {{"LAMBDA_TASK_ROOT", "/elsewhere"}});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.err, HasSubstr("cannot run /elsewhere/lib/loader"));
}

TEST(LambdaPackage, WithoutArgumentsItIsHearthLambda) {
  const auto result = root().run(bootstrap, {});
  EXPECT_NE(result.exit_code, 0) << "there is no Lambda here";
  EXPECT_THAT(result.err, ContainsRegex("lambda|LAMBDA"));
}

TEST(LambdaPackage, WhatIsOpenedByNameFindsItsLibrariesToo) {
  const auto result =
      root().run("/var/task/lib/loader", {"--inhibit-cache", "--library-path", "/var/task/lib",
                                          "--list", "/var/task/lib/libcurl.so.4"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("/var/task/lib/libssl.so.3"));
  EXPECT_THAT(result.out, Not(HasSubstr("not found")));
}

TEST(LambdaPackage, ServesFromPostgresAndRedisFoundByName) {
  PostgresServer postgres;
  const RedisServer redis;
  auto settings = basic_environment();
  settings["DATABASE_URL"] = with_host(postgres.create_database(), "database.internal");
  settings["REDIS_URL"] = with_host(redis.url(), "cache.internal");
  const auto migrated = root().run(bootstrap, {"migrate"}, settings);
  ASSERT_EQ(migrated.exit_code, 0) << migrated.err;

  HearthServer::Options options;
  options.environment = settings;
  options.program = root().command(bootstrap);
  options.wait_for = HearthServer::WaitFor::ready;
  HearthServer server(options);
  const auto created =
      server.request("POST", "/api/admin/flags", admin(), R"({"key":"zipped","enabled":true})");
  EXPECT_EQ(created.status, 201) << created.body;
  const auto read = server.request("GET", "/api/config/flags/zipped");
  EXPECT_EQ(read.status, 200);
  EXPECT_THAT(read.body, HasSubstr(R"("enabled":true)"));
  EXPECT_EQ(server.stop(), 0) << server.errors();
}

}  // namespace
}  // namespace hearth::functional
