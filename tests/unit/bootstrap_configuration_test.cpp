#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "bootstrap/configuration.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bootstrap {
namespace {

using domain::ErrorCode;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

LoadedConfiguration load(Variables environment, Variables overrides = {},
                         std::optional<std::string> env_file = std::nullopt) {
  return load_configuration({std::move(environment), std::move(env_file), std::move(overrides)})
      .value();
}

std::string mistakes(Variables environment, Variables overrides = {},
                     std::optional<std::string> env_file = std::nullopt) {
  const auto loaded =
      load_configuration({std::move(environment), std::move(env_file), std::move(overrides)});
  if (loaded) return "accepted";
  EXPECT_EQ(loaded.error().code, ErrorCode::validation);
  return loaded.error().message;
}

EffectiveSetting setting(const LoadedConfiguration& loaded, std::string_view name) {
  for (const auto& setting : loaded.settings) {
    if (setting.name == name) return setting;
  }
  ADD_FAILURE() << "no setting " << name;
  return {};
}

TEST(Configuration, DefaultsAreThoseOfTheDesign) {
  const auto loaded = load({});
  const auto& configuration = loaded.configuration;
  EXPECT_EQ(configuration.environment.text(), "production");
  EXPECT_EQ(configuration.host, "0.0.0.0");
  EXPECT_EQ(configuration.port, 8080);
  EXPECT_EQ(configuration.database_url, "sqlite:hearth.db");
  EXPECT_EQ(configuration.sqlite_path(), "hearth.db");
  EXPECT_EQ(configuration.redis_url, "");
  EXPECT_EQ(configuration.cache_ttl, seconds(300));
  EXPECT_TRUE(configuration.warming_enabled);
  EXPECT_EQ(configuration.warming_top_n, 20u);
  EXPECT_EQ(configuration.warming_schedule, "rate(1 hour)");
  EXPECT_FALSE(configuration.warming_include_disabled);
  EXPECT_EQ(configuration.access_flush_interval, seconds(5));
  EXPECT_EQ(configuration.heat_half_life, seconds(3600));
  EXPECT_GE(configuration.threads, 1u);
  EXPECT_EQ(configuration.log_level, adapters::telemetry::LogLevel::info);
  EXPECT_EQ(configuration.log_format, adapters::telemetry::LogFormat::json);
  EXPECT_EQ(configuration.admin_token, "");
  EXPECT_EQ(configuration.jwt_secret, "");
  EXPECT_EQ(configuration.admin_role, "admin");
  for (const auto& setting : loaded.settings) {
    EXPECT_EQ(setting.source, "default") << setting.name;
    EXPECT_FALSE(setting.description.empty()) << setting.name;
  }
}

TEST(Configuration, EverySettingIsRead) {
  const auto configuration = load({{"HEARTH_ENVIRONMENT", "staging"},
                                   {"HOST", "127.0.0.1"},
                                   {"PORT", "0"},
                                   {"DATABASE_URL", "postgresql://u:p@h/d"},
                                   {"REDIS_URL", "unix:///run/redis.sock"},
                                   {"CACHE_TTL_SECONDS", "60"},
                                   {"CACHE_WARMING_ENABLED", "false"},
                                   {"CACHE_WARMING_TOP_N", "100000"},
                                   {"CACHE_WARMING_SCHEDULE", "rate(5 minutes)"},
                                   {"CACHE_WARMING_INCLUDE_DISABLED", "true"},
                                   {"ACCESS_FLUSH_SECONDS", "7"},
                                   {"HEAT_HALF_LIFE_SECONDS", "60"},
                                   {"THREADS", "3"},
                                   {"LOG_LEVEL", "error"},
                                   {"LOG_FORMAT", "text"},
                                   {"ADMIN_TOKEN", "0123456789abcdef"},
                                   {"AUTH_JWT_SECRET", std::string(32, 's')},
                                   {"AUTH_JWT_ISSUER", "issuer"},
                                   {"AUTH_JWT_AUDIENCE", "audience"},
                                   {"AUTH_ADMIN_ROLE", "operator"}})
                                 .configuration;
  EXPECT_EQ(configuration.environment.text(), "staging");
  EXPECT_EQ(configuration.host, "127.0.0.1");
  EXPECT_EQ(configuration.port, 0);
  EXPECT_EQ(configuration.database_url, "postgresql://u:p@h/d");
  EXPECT_EQ(configuration.sqlite_path(), std::nullopt);
  EXPECT_EQ(configuration.redis_url, "unix:///run/redis.sock");
  EXPECT_EQ(configuration.cache_ttl, seconds(60));
  EXPECT_FALSE(configuration.warming_enabled);
  EXPECT_EQ(configuration.warming_top_n, 100'000u);
  EXPECT_EQ(configuration.warming_schedule, "rate(5 minutes)");
  EXPECT_TRUE(configuration.warming_include_disabled);
  EXPECT_EQ(configuration.access_flush_interval, seconds(7));
  EXPECT_EQ(configuration.heat_half_life, seconds(60));
  EXPECT_EQ(configuration.threads, 3u);
  EXPECT_EQ(configuration.log_level, adapters::telemetry::LogLevel::error);
  EXPECT_EQ(configuration.log_format, adapters::telemetry::LogFormat::text);
  EXPECT_EQ(configuration.admin_token, "0123456789abcdef");
  EXPECT_EQ(configuration.jwt_secret, std::string(32, 's'));
  EXPECT_EQ(configuration.jwt_issuer, "issuer");
  EXPECT_EQ(configuration.jwt_audience, "audience");
  EXPECT_EQ(configuration.admin_role, "operator");
}

TEST(Configuration, LaterPlaceWins) {
  const test_support::TemporaryDirectory folder;
  const auto file = (folder.path() / "settings").string();
  std::ofstream(file) << "PORT=2\nHOST=file\nTHREADS=\n";
  const Variables environment{
      {"PORT", "1"}, {"HOST", "environment"}, {"THREADS", "4"}, {"CACHE_TTL_SECONDS", "9"}};
  const auto loaded = load(environment, {{"PORT", "3"}}, file);
  EXPECT_EQ(loaded.configuration.port, 3);
  EXPECT_EQ(setting(loaded, "PORT").source, "--set");
  EXPECT_EQ(loaded.configuration.host, "file");
  EXPECT_EQ(setting(loaded, "HOST").source, file);
  EXPECT_EQ(loaded.configuration.cache_ttl, seconds(9));
  EXPECT_EQ(setting(loaded, "CACHE_TTL_SECONDS").source, "environment");
  EXPECT_EQ(loaded.configuration.threads, 4u);  // an empty value is no value
  EXPECT_EQ(setting(loaded, "THREADS").source, "environment");
}

TEST(Configuration, NodeEnvIsReadIfNothingElseNamesTheEnvironment) {
  auto loaded = load({{"NODE_ENV", "staging"}});
  EXPECT_EQ(loaded.configuration.environment.text(), "staging");
  EXPECT_EQ(setting(loaded, "HEARTH_ENVIRONMENT").source, "NODE_ENV");
  loaded = load({{"NODE_ENV", "staging"}, {"HEARTH_ENVIRONMENT", "local"}});
  EXPECT_EQ(loaded.configuration.environment.text(), "local");
  EXPECT_EQ(setting(loaded, "HEARTH_ENVIRONMENT").source, "environment");
}

TEST(Configuration, BadValuesAreRefusedByName) {
  const std::pair<const char*, const char*> table[] = {
      {"HEARTH_ENVIRONMENT", "pro:duction"},
      {"PORT", "65536"},
      {"PORT", "-1"},
      {"PORT", "80x"},
      {"PORT", " 80"},
      {"DATABASE_URL", "mysql://h/d"},
      {"DATABASE_URL", "sqlite:"},
      {"REDIS_URL", "http://h"},
      {"REDIS_URL", "rediss://h"},
      {"CACHE_TTL_SECONDS", "0"},
      {"CACHE_TTL_SECONDS", "86401"},
      {"CACHE_WARMING_ENABLED", "yes"},
      {"CACHE_WARMING_ENABLED", "TRUE"},
      {"CACHE_WARMING_TOP_N", "0"},
      {"CACHE_WARMING_TOP_N", "100001"},
      {"CACHE_WARMING_TOP_N", "99999999999999999999"},
      {"CACHE_WARMING_INCLUDE_DISABLED", "1"},
      {"ACCESS_FLUSH_SECONDS", "0"},
      {"ACCESS_FLUSH_SECONDS", "3601"},
      {"HEAT_HALF_LIFE_SECONDS", "0"},
      {"THREADS", "257"},
      {"LOG_LEVEL", "loud"},
      {"LOG_FORMAT", "xml"},
      {"ADMIN_TOKEN", "0123456789abcde"},
      {"AUTH_JWT_SECRET", "0123456789012345678901234567890"},
  };
  for (const auto& [name, value] : table) {
    const auto message = mistakes({{name, value}});
    EXPECT_NE(message, "accepted") << name << "=" << value;
    EXPECT_THAT(message, HasSubstr(std::string("\n  ") + name));
  }
}

TEST(Configuration, AllMistakesAreSaidTogether) {
  const auto message = mistakes({{"PORT", "x"}, {"LOG_LEVEL", "loud"}, {"THREADS", "-3"}},
                                {{"CACHE_WARMING_ENABLED", "maybe"}});
  for (const auto* name : {"PORT", "LOG_LEVEL", "THREADS", "CACHE_WARMING_ENABLED"}) {
    EXPECT_THAT(message, HasSubstr(std::string("\n  ") + name));
  }
  EXPECT_EQ(std::ranges::count(message, '\n'), 4);
}

TEST(Configuration, WrongScheduleIsPointedAtTogetherWithOtherMistakes) {
  const auto message = mistakes({{"CACHE_WARMING_SCHEDULE", "cron(0 25 * * ? *)"}, {"PORT", "x"}});
  EXPECT_THAT(message, HasSubstr("\n  CACHE_WARMING_SCHEDULE: cron(0 25 * * ? *): at position 8: "
                                 "hour 25 is not in 0-23"));
  EXPECT_THAT(message, HasSubstr("\n  PORT "));
  EXPECT_EQ(mistakes({{"CACHE_WARMING_SCHEDULE", "cron(0 8 ? * MON-FRI *)"}}), "accepted");
}

TEST(Configuration, MistakesNeverHoldASecret) {
  const auto message = mistakes({{"ADMIN_TOKEN", "hunter2"},
                                 {"AUTH_JWT_SECRET", "hunter2"},
                                 {"DATABASE_URL", "mysql://u:hunter2@h/d"},
                                 {"REDIS_URL", "redis://:hunter2@h:0"}});
  EXPECT_NE(message, "accepted");
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
  for (const auto* name : {"ADMIN_TOKEN", "AUTH_JWT_SECRET", "DATABASE_URL", "REDIS_URL"}) {
    EXPECT_THAT(message, HasSubstr(name));
  }
}

TEST(Configuration, ShownSettingsHideSecrets) {
  const auto loaded = load({{"ADMIN_TOKEN", "hunter2hunter2hunter2"},
                            {"AUTH_JWT_SECRET", "hunter2hunter2hunter2hunter2hunter2"},
                            {"DATABASE_URL", "postgres://me:hunter2@db:5432/flags"},
                            {"REDIS_URL", "redis://:hunter2@cache/1"}});
  for (const auto& shown : loaded.settings) {
    EXPECT_THAT(shown.value, Not(HasSubstr("hunter2"))) << shown.name;
  }
  EXPECT_EQ(setting(loaded, "ADMIN_TOKEN").value, "***");
  EXPECT_EQ(setting(loaded, "DATABASE_URL").value, "postgres://me:***@db:5432/flags");
  EXPECT_EQ(setting(loaded, "REDIS_URL").value, "redis://:***@cache/1");
  EXPECT_EQ(setting(load({}), "ADMIN_TOKEN").value, "");
}

TEST(Configuration, PasswordsOfEveryShapeAreHidden) {
  for (const auto* url :
       {"postgres://me:hunter2@db/flags", "postgresql://:hunter2@/flags?host=/run",
        "postgres://me:hunter2%40x@db:1,other:2/flags",
        "postgres://db/flags?user=me&password=hunter2",
        "postgres://db/flags?password=hunter2&user=me"}) {
    const auto loaded = load({{"DATABASE_URL", url}});
    EXPECT_THAT(setting(loaded, "DATABASE_URL").value, Not(HasSubstr("hunter2"))) << url;
  }
  const auto refused = mistakes({{"DATABASE_URL", "postgres://me:x@hunter2@db/flags?y=1"}});
  EXPECT_THAT(refused, HasSubstr("DATABASE_URL"));
  EXPECT_THAT(refused, Not(HasSubstr("hunter2")));
  EXPECT_EQ(setting(load({{"DATABASE_URL", "postgres://db:5432/flags"}}), "DATABASE_URL").value,
            "postgres://db:5432/flags");
  EXPECT_EQ(setting(load({{"DATABASE_URL", "postgres://me@db:5432/flags"}}), "DATABASE_URL").value,
            "postgres://me@db:5432/flags");
}

TEST(Configuration, UnknownOverrideIsRefused) {
  EXPECT_THAT(mistakes({}, {{"PROT", "1"}}), HasSubstr("'PROT'"));
  EXPECT_EQ(mistakes({{"PROT", "1"}}), "accepted");  // others' variables are their business
}

TEST(Configuration, EnvFileThatCannotBeReadIsNamed) {
  const test_support::TemporaryDirectory folder;
  const auto missing = (folder.path() / "missing").string();
  EXPECT_THAT(mistakes({}, {}, missing), HasSubstr(missing));
  const auto bad = (folder.path() / "bad").string();
  std::ofstream(bad) << "PORT=1\nnonsense\n";
  EXPECT_THAT(mistakes({}, {}, bad), testing::AllOf(HasSubstr(bad), HasSubstr("line 2")));
}

struct Shipped {
  const char* environment;
  bool warming;
  std::size_t top_n;
};

TEST(Configuration, FilesOfTheRepositoryHaveTheStorysValues) {
  for (const auto& expected : {Shipped{"local", false, 20}, Shipped{"staging", true, 10},
                               Shipped{"production", true, 20}}) {
    const auto file = std::string(HEARTH_CONFIG_FOLDER "/.env.") + expected.environment;
    const auto configuration = load({}, {}, file).configuration;
    EXPECT_EQ(configuration.environment.text(), expected.environment);
    EXPECT_EQ(configuration.warming_enabled, expected.warming) << expected.environment;
    EXPECT_EQ(configuration.warming_top_n, expected.top_n) << expected.environment;
    EXPECT_EQ(configuration.warming_schedule, "rate(1 hour)");
  }
}

}  // namespace
}  // namespace hearth::bootstrap
