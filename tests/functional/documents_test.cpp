#include <gtest/gtest.h>

#include <algorithm>

#include "functional/document_commands.hpp"
#include "functional/failure_fixture.hpp"

namespace hearth::functional {
namespace {

constexpr std::string_view documents = HEARTH_DOCUMENTS;
constexpr std::string_view guide = "/infrastructure/cache-warming.md";
constexpr std::string_view runbook = "/runbooks/cache-warming-failures.md";

CommandDocument commands_of(std::string_view document) {
  return parse_commands(read_file(std::string(documents) + std::string(document)));
}

/// The documents' commands against a warm server, its PostgreSQL and its Redis.
class Documents : public FailureTest {
 protected:
  Documents() : server(options()) {}

  [[nodiscard]] test_support::Environment operators_environment() const {
    return {{"DATABASE_URL", database},
            {"REDIS_URL", redis.url()},
            {"HEARTH_URL", server.url()},
            {"ADMIN_TOKEN", std::string(admin_token)}};
  }

  void expect_all_work(const CommandDocument& document) const {
    const auto environment = operators_environment();
    for (const auto& command : document.commands) {
      EXPECT_EQ(fault_of(run_command(command, environment)), "")
          << "line " << command.line << ", under '" << command.section << "':\n"
          << command.script;
    }
  }

  test_support::HearthServer server;
};

TEST_F(Documents, CommandsOfTheGuideWork) {
  const auto document = commands_of(guide);
  EXPECT_GE(document.commands.size(), 5U);
  expect_all_work(document);
}

TEST_F(Documents, CommandsOfTheRunbookWork) { expect_all_work(commands_of(runbook)); }

TEST_F(Documents, ControlWrongCommandsAreFound) {
  const auto fault = [this](const std::string& script) {
    const DocumentCommand command{.section = "control", .line = 1, .script = script};
    return fault_of(run_command(command, operators_environment()));
  };
  EXPECT_EQ(fault("redis-cli -u \"$REDIS_URL\" ping\n"), "");
  EXPECT_NE(fault("redis-cli -u \"$REDIS_URL\" -e no-such-command\n"), "");
  EXPECT_NE(fault("curl -sSf \"$HEARTH_URL/no/such/route\"\n"), "");
  EXPECT_NE(fault("curl -sSf \"$HEARTH_URL/metrics\" | grep hearth_no_such_metric\n"), "");
  EXPECT_NE(fault("psql \"$DATABASE_URL\" -c 'SELECT no_such_column FROM feature_flags'\n"), "");
  EXPECT_NE(fault("hearth no-such-command\n"), "");
  EXPECT_NE(fault("echo \"$NO_SUCH_VARIABLE\"\n"), "");
  EXPECT_NE(fault("redis-cli -u \"$REDIS_URL\" get no-such-key | tr -d '\\n'\n"), "");
}

TEST(RunbookText, EverySectionHasACommand) {
  const auto document = commands_of(runbook);
  EXPECT_GE(document.sections.size(), 8U);
  for (const auto& section : document.sections) {
    EXPECT_TRUE(std::ranges::count(document.commands, section, &DocumentCommand::section) > 0)
        << "'" << section << "' tells no command";
  }
}

TEST(DocumentCommands, OnlyBlocksMarkedShAreCommands) {
  const auto document = parse_commands(
      "# Title\n## One\n```sh\nls\n# a comment\n```\n```text\n## no heading\n```\n## Two\ntext\n");
  ASSERT_EQ(document.commands.size(), 1U);
  EXPECT_EQ(document.commands[0].section, "One");
  EXPECT_EQ(document.commands[0].line, 4U);
  EXPECT_EQ(document.commands[0].script, "ls\n# a comment\n");
  EXPECT_EQ(document.sections, (std::vector<std::string>{"One", "Two"}));
}

TEST(DocumentCommands, BlockWithoutAnEndIsRefused) {
  EXPECT_THROW((void)parse_commands("```sh\nls\n"), std::runtime_error);
}

}  // namespace
}  // namespace hearth::functional
