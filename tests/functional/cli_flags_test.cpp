#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "functional/cli_database_fixture.hpp"

namespace hearth::functional {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class CliFlags : public CliDatabaseTest {};
HEARTH_FOR_BOTH_DATABASES(CliFlags);

TEST_P(CliFlags, MigratingTwiceDoesNothingTheSecondTime) {
  EXPECT_THAT(succeed({"migrate"}),
              MatchesRegex("nothing to do: [0-9]+ migration.s. are applied already\n"));
}

TEST_P(CliFlags, FlagIsCreatedShownChangedAndDeleted) {
  EXPECT_EQ(succeed({"flags", "list"}), "0 flag(s) in production\n");
  EXPECT_THAT(succeed({"flags", "create", "dark-mode", "--enabled", "true", "--rollout", "25",
                       "--description", "Ein d\xC3\xBCsteres Thema"}),
              AllOf(HasSubstr("key:         dark-mode\n"), HasSubstr("enabled:     true\n"),
                    HasSubstr("rollout:     25 %\n"),
                    HasSubstr("description: Ein d\xC3\xBCsteres Thema\n")));
  EXPECT_THAT(succeed({"flags", "get", "dark-mode"}), HasSubstr("rollout:     25 %\n"));
  EXPECT_THAT(succeed({"flags", "list"}),
              AllOf(HasSubstr("dark-mode  on    25 %  Ein"), HasSubstr("1 flag(s) in production")));
  EXPECT_THAT(succeed({"flags", "set", "dark-mode", "--enabled", "false"}),
              AllOf(HasSubstr("enabled:     false\n"), HasSubstr("rollout:     25 %\n")));
  EXPECT_EQ(succeed({"flags", "delete", "dark-mode"}), "deleted dark-mode\n");
  EXPECT_EQ(run({"flags", "get", "dark-mode"}).exit_code, 1);
  EXPECT_EQ(succeed({"flags", "list"}), "0 flag(s) in production\n");
}

TEST_P(CliFlags, JsonIsThatOfTheAdminApi) {
  const auto created = json_of(succeed({"flags", "create", "a", "--json"}));
  EXPECT_EQ(names_of(created),
            "key environment enabled rolloutPercentage description version createdAt updatedAt");
  EXPECT_EQ(at(created, "rolloutPercentage"), 100);
  EXPECT_EQ(json_of(succeed({"flags", "get", "a", "--json"})), created);
  const auto changed = json_of(succeed({"flags", "set", "a", "--rollout", "0", "--json"}));
  EXPECT_EQ(at(changed, "rolloutPercentage"), 0);
  const auto list = json_of(succeed({"flags", "list", "--json"}));
  EXPECT_EQ(names_of(list), "flags nextAfter");
  EXPECT_EQ(at(list, "flags").as_array().at(0), changed);
}

TEST_P(CliFlags, ChangeWithoutASharedCacheSaysThatServersLearnOfItLate) {
  EXPECT_THAT(run({"flags", "create", "a"}).err, HasSubstr("REDIS_URL is not set"));
  EXPECT_EQ(run({"flags", "get", "a"}).err, "") << "reading changes nothing";
}

TEST_P(CliFlags, EnvironmentsAreApart) {
  (void)succeed({"flags", "--environment", "staging", "create", "a"});
  EXPECT_EQ(succeed({"flags", "list", "--environment", "staging"}),
            "a    off  100 %  \n1 flag(s) in staging\n");
  EXPECT_EQ(succeed({"flags", "list"}), "0 flag(s) in production\n");
  const auto bad = run({"flags", "list", "--environment", "a b"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("An environment is 1 to 64 characters"));
}

TEST_P(CliFlags, IfVersionGuardsAgainstLostUpdates) {
  const auto first = at(json_of(succeed({"flags", "create", "a", "--json"})), "version").as_int64();
  const auto old = std::to_string(first);
  (void)succeed({"flags", "set", "a", "--enabled", "true", "--if-version", old});
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"flags", "set", "a", "--enabled", "false", "--if-version", old},
        {"flags", "delete", "a", "--if-version", old}}) {
    const auto late = run(command);
    EXPECT_EQ(late.exit_code, 1);
    EXPECT_THAT(late.err, HasSubstr("version"));
  }
  EXPECT_THAT(succeed({"flags", "get", "a"}), HasSubstr("enabled:     true\n"));
}

TEST_P(CliFlags, MistakesSayWhatIsWrongAndChangeNothing) {
  (void)succeed({"flags", "create", "a", "--rollout", "5"});
  const auto before = succeed({"flags", "list", "--json"});
  const auto refused = [this](const std::vector<std::string>& arguments, int exit_code,
                              const std::string& part) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << part;
    EXPECT_EQ(result.out, "") << part;
    EXPECT_THAT(result.err, HasSubstr(part));
  };
  refused({"flags", "create", "a"}, 1, "'a'");
  refused({"flags", "create", "a/b"}, 2, "character 2 is '/'");
  refused({"flags", "create", ".."}, 2, "not '.' or '..'");
  refused({"flags", "create", "b", "--rollout", "101"}, 2, "from 0 to 100; this is 101");
  refused({"flags", "set", "a", "--rollout", "-1"}, 2, "from 0 to 100; this is -1");
  refused({"flags", "set", "a", "--rollout", "half"}, 2, "--rollout");
  refused({"flags", "set", "a", "--enabled", "perhaps"}, 2, "--enabled");
  refused({"flags", "set", "a", "--description", std::string(2001, 'd')}, 2, "at most 2000");
  refused({"flags", "set", "a", "--description", "\xFF"}, 2, "UTF-8");
  refused({"flags", "set", "a"}, 2, "Nothing to change");
  refused({"flags", "set", "none", "--enabled", "true"}, 1, "There is no flag 'none'");
  refused({"flags", "get", "none"}, 1, "There is no flag 'none'");
  refused({"flags", "delete", "none"}, 1, "There is no flag 'none'");
  EXPECT_EQ(succeed({"flags", "list", "--json"}), before);
}

}  // namespace
}  // namespace hearth::functional
