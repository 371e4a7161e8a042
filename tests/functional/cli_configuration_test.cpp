#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functional/functional_support.hpp"
#include "support/free_port.hpp"
#include "support/hearth_process.hpp"
#include "support/tcp_gate.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::CommandResult;
using test_support::Environment;
using test_support::HearthServer;
using test_support::run_hearth;
using test_support::TemporaryDirectory;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

/// The line of `hearth config` about a setting.
std::string line_of(const CommandResult& shown, const std::string& name) {
  const auto begin = shown.out.find("\n" + name + " ");
  const auto start = begin == std::string::npos ? shown.out.find(name + " ") : begin + 1;
  if (start == std::string::npos) return "no " + name + " in: " + shown.out + shown.err;
  return shown.out.substr(start, shown.out.find('\n', start) - start);
}

TEST(CliHelp, VersionIsPrinted) {
  const auto result = run_hearth({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, MatchesRegex("hearth [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(CliHelp, EveryCommandHasHelp) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{},
                                                  {"serve"},
                                                  {"migrate"},
                                                  {"warm"},
                                                  {"config"},
                                                  {"schedule"},
                                                  {"flags"},
                                                  {"flags", "list"},
                                                  {"flags", "import"}}) {
    auto arguments = command;
    arguments.emplace_back("--help");
    const auto result = run_hearth(arguments);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, HasSubstr("Usage:"));
  }
}

TEST(CliHelp, MistakesExitWith2AndSayWhatToDo) {
  const auto mistake = [](const std::vector<std::string>& arguments, const std::string& part) {
    const auto result = run_hearth(arguments);
    EXPECT_EQ(result.exit_code, 2) << part;
    EXPECT_EQ(result.out, "") << part;
    EXPECT_THAT(result.err, AllOf(HasSubstr(part), HasSubstr("hearth --help")));
  };
  mistake({},
          "A command is missing; the commands are serve, lambda, migrate, warm, flags, config, "
          "schedule");
  mistake({"frobnicate"},
          "There is no command 'frobnicate'; the commands are serve, lambda, migrate");
  mistake({"flags"}, "A command is missing; the commands are list, get, create, set, delete");
  mistake({"flags", "frob"}, "There is no command 'frob'; the commands are list, get");
  mistake({"flags", "get"}, "key is required");
  mistake({"flags", "import"}, "file is required");
  mistake({"config", "extra"}, "extra");
  mistake({"serve", "--frob"}, "--frob");
  mistake({"warm", "--top", "0"}, "1 to 100000");
  mistake({"warm", "--top", "5", "--key", "a"}, "excludes");
}

TEST(CliConfig, DefaultsAreShownWithTheirSource) {
  const auto shown = run_hearth({"config"});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.err, "");
  EXPECT_THAT(line_of(shown, "HEARTH_ENVIRONMENT"),
              AllOf(HasSubstr("= production "), HasSubstr("# default:")));
  EXPECT_THAT(line_of(shown, "DATABASE_URL"), HasSubstr("= sqlite:hearth.db "));
  EXPECT_THAT(line_of(shown, "CACHE_TTL_SECONDS"), HasSubstr("= 300 "));
  EXPECT_THAT(line_of(shown, "CACHE_WARMING_TOP_N"), HasSubstr("= 20 "));
  EXPECT_THAT(line_of(shown, "CACHE_WARMING_SCHEDULE"), HasSubstr("= rate(1 hour) "));
}

TEST(CliConfig, SecretsAndPasswordsAreHidden) {
  const auto shown = run_hearth(
      {"config"}, {{"ADMIN_TOKEN", "top-secret-token-1"},
                   {"AUTH_JWT_SECRET", "top-secret-key-that-has-32-bytes-or-more"},
                   {"DATABASE_URL",
                    "postgres://ada:pass-of-ada@db/flags?sslpassword=pass-of-ada&sslmode=prefer"},
                   {"REDIS_URL", "redis://:pass-of-redis@cache:6379/2"}});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, Not(HasSubstr("top-secret")));
  EXPECT_THAT(shown.out, Not(HasSubstr("pass-of")));
  EXPECT_THAT(line_of(shown, "ADMIN_TOKEN"), HasSubstr("= *** "));
  EXPECT_THAT(line_of(shown, "AUTH_JWT_SECRET"), HasSubstr("= *** "));
  EXPECT_THAT(line_of(shown, "DATABASE_URL"),
              HasSubstr("= postgres://ada:***@db/flags?sslpassword=***&sslmode=prefer "));
  EXPECT_THAT(line_of(shown, "REDIS_URL"), HasSubstr("= redis://:***@cache:6379/2 "));
}

TEST(CliConfig, LaterSourcesWin) {
  const TemporaryDirectory folder;
  const auto file = (folder.path() / "settings.env").string();
  write_file(file,
             "# a comment\n\nexport PORT=2\nHOST='127.0.0.2'  \nLOG_LEVEL=\"debug\"\n"
             "THREADS=3 # three\n");
  const Environment environment{{"PORT", "1"}, {"HOST", "127.0.0.1"}, {"CACHE_TTL_SECONDS", "60"}};
  const auto shown = run_hearth({"--env-file", file, "--set", "PORT=3", "config"}, environment);
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(line_of(shown, "PORT"), AllOf(HasSubstr("= 3 "), HasSubstr("# --set:")));
  EXPECT_THAT(line_of(shown, "HOST"), AllOf(HasSubstr("= 127.0.0.2 "), HasSubstr("# " + file)));
  EXPECT_THAT(line_of(shown, "CACHE_TTL_SECONDS"),
              AllOf(HasSubstr("= 60 "), HasSubstr("# environment:")));
  EXPECT_THAT(line_of(shown, "LOG_LEVEL"), HasSubstr("= debug "));
  EXPECT_THAT(line_of(shown, "THREADS"), HasSubstr("= 3 "));
  // The options may stand after the command too.
  const auto after = run_hearth({"config", "--env-file", file, "--set", "PORT=3"}, environment);
  EXPECT_EQ(after.out, shown.out);
}

TEST(CliConfig, NodeEnvIsReadIfHearthEnvironmentIsUnset) {
  const auto node = run_hearth({"config"}, {{"NODE_ENV", "staging"}});
  EXPECT_THAT(line_of(node, "HEARTH_ENVIRONMENT"),
              AllOf(HasSubstr("= staging "), HasSubstr("# NODE_ENV:")));
  const auto both = run_hearth({"config"}, {{"NODE_ENV", "staging"}, {"HEARTH_ENVIRONMENT", "qa"}});
  EXPECT_THAT(line_of(both, "HEARTH_ENVIRONMENT"),
              AllOf(HasSubstr("= qa "), HasSubstr("# environment:")));
}

TEST(CliConfig, AllMistakesAreReportedTogether) {
  const auto result = run_hearth({"config"}, {{"PORT", "http"},
                                              {"CACHE_TTL_SECONDS", "0"},
                                              {"CACHE_WARMING_ENABLED", "yes"},
                                              {"CACHE_WARMING_TOP_N", "100001"},
                                              {"LOG_LEVEL", "loud"},
                                              {"LOG_FORMAT", "xml"},
                                              {"ADMIN_TOKEN", "short-secret"},
                                              {"AUTH_JWT_SECRET", "short-secret"},
                                              {"DATABASE_URL", "mysql://u:short-secret@h/d"},
                                              {"REDIS_URL", "memcached://short-secret"},
                                              {"HEARTH_ENVIRONMENT", "a b"}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  for (const auto* part :
       {"PORT is a whole number from 0 to 65535; this is 'http'",
        "CACHE_TTL_SECONDS is a whole number from 1 to 86400; this is '0'",
        "CACHE_WARMING_ENABLED is true or false; this is 'yes'",
        "CACHE_WARMING_TOP_N is a whole number from 1 to 100000", "LOG_LEVEL is debug, info",
        "LOG_FORMAT is json or text", "ADMIN_TOKEN has at least 16 characters; this one has 12",
        "AUTH_JWT_SECRET has at least 32 characters", "DATABASE_URL is sqlite:FILE or postgres://",
        "REDIS_URL is redis://", "HEARTH_ENVIRONMENT: An environment is 1 to 64 characters"}) {
    EXPECT_THAT(result.err, HasSubstr(part));
  }
  EXPECT_THAT(result.err, Not(HasSubstr("short-secret")));
  EXPECT_EQ(run_hearth({"serve"}, {{"PORT", "http"}}).exit_code, 2);
}

TEST(CliConfig, UnknownSettingIsRefused) {
  const auto result = run_hearth({"config", "--set", "PROT=1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("There is no setting 'PROT'; `hearth config` lists them"));
  EXPECT_EQ(run_hearth({"config", "--set", "PORT"}).exit_code, 2);
  EXPECT_EQ(run_hearth({"config", "--set", "=1"}).exit_code, 2);
}

TEST(CliConfig, BadEnvFileIsRefusedWithItsLine) {
  const TemporaryDirectory folder;
  const auto file = (folder.path() / "bad.env").string();
  write_file(file, "PORT=1\n\nnot a setting\n");
  const auto bad = run_hearth({"config", "--env-file", file});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("line 3 is not NAME=VALUE"));
  const auto missing = run_hearth({"config", "--env-file", file + ".none"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("cannot be read"));
}

TEST(CliConfig, FilesOfTheRepositoryHoldTheStorysValues) {
  const auto shown = [](const std::string& name) {
    return run_hearth({"config", "--env-file", HEARTH_CONFIGURATION_FILES "/.env." + name});
  };
  const auto expect = [](const CommandResult& config, const std::string& environment,
                         const std::string& enabled, const std::string& top) {
    EXPECT_EQ(config.exit_code, 0) << config.err;
    EXPECT_THAT(line_of(config, "HEARTH_ENVIRONMENT"), HasSubstr("= " + environment + " "));
    EXPECT_THAT(line_of(config, "CACHE_WARMING_ENABLED"), HasSubstr("= " + enabled + " "));
    EXPECT_THAT(line_of(config, "CACHE_WARMING_TOP_N"), HasSubstr("= " + top + " "));
    EXPECT_THAT(line_of(config, "CACHE_WARMING_SCHEDULE"), HasSubstr("= rate(1 hour) "));
    EXPECT_THAT(line_of(config, "CACHE_TTL_SECONDS"), HasSubstr("= 300 "));
  };
  expect(shown("production"), "production", "true", "20");
  expect(shown("staging"), "staging", "true", "10");
  expect(shown("local"), "local", "false", "20");
}

TEST(CliServe, DatabaseThatIsNoneExitsWith2AndSaysTheForm) {
  const auto result = run_hearth({"serve"}, {{"DATABASE_URL", "oracle://u:hidden-word@h/d"}});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("DATABASE_URL is sqlite:FILE or postgres://"),
                                Not(HasSubstr("hidden-word"))));
}

TEST(CliServe, UnreachableDatabaseFailsCommandsClearlyWithoutThePassword) {
  const auto port = std::to_string(test_support::free_port());
  const Environment environment{
      {"DATABASE_URL", "postgres://ada:hidden-word@127.0.0.1:" + port + "/flags"}};
  for (const std::vector<std::string>& command : {std::vector<std::string>{"migrate"},
                                                  {"flags", "list"},
                                                  {"flags", "get", "a"},
                                                  {"flags", "create", "a"},
                                                  {"flags", "export"}}) {
    const auto result = run_hearth(command, environment);
    EXPECT_EQ(result.exit_code, 1) << command.back();
    EXPECT_THAT(result.err, HasSubstr("PostgreSQL cannot be reached")) << command.back();
    EXPECT_THAT(result.out + result.err, Not(HasSubstr("hidden-word")));
  }
}

TEST(CliServe, PortInUseIsSaidAlsoWhenAnotherHearthHasIt) {
  const HearthServer first;
  const auto second =
      run_hearth({"serve", "--port", std::to_string(first.port()), "--host", "127.0.0.1"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, AllOf(HasSubstr("hearth cannot listen on 127.0.0.1:"),
                                HasSubstr("another process listens there")));
  EXPECT_EQ(first.request("GET", "/livez").status, 200);

  const test_support::TcpGate stranger(first.port());
  const auto third =
      run_hearth({"serve", "--port", std::to_string(stranger.port()), "--host", "127.0.0.1"});
  EXPECT_EQ(third.exit_code, 1);
  EXPECT_THAT(third.err, HasSubstr("another process listens there"));
}

TEST(CliServe, SqliteFileInAFolderThatDoesNotExistIsSaid) {
  const auto result = run_hearth(
      {"serve"},
      {{"DATABASE_URL", "sqlite:/no/such/folder/flags.db"}, {"PORT", "0"}, {"HOST", "127.0.0.1"}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err,
              HasSubstr("The folder /no/such/folder of the database file does not exist"));
}

}  // namespace
}  // namespace hearth::functional
