#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <pty.h>
#include <unistd.h>

#include "functional/functional_support.hpp"
#include "support/hearth_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::run_hearth;
using test_support::TemporaryDirectory;
using testing::HasSubstr;
using testing::Not;

constexpr int many = 20'000;

std::string many_flags() {
  std::string text = "[";
  for (int i = 0; i < many; ++i) {
    if (i > 0) text += ",\n";
    text += R"({"key":"flag-)" + std::to_string(i) + R"("})";
  }
  return text + "]";
}

/// What a program writes to a terminal of its own, and its exit code.
std::pair<std::string, int> run_on_terminal(const std::vector<std::string>& arguments) {
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0) throw std::runtime_error("there is no pseudo terminal to be had");
  if (child == 0) {
    std::vector<char*> words;
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    execvp(words.front(), words.data());
    _exit(127);
  }
  std::string output;
  char buffer[4096];
  while (true) {
    const auto count = ::read(terminal, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;  // EIO: nobody has the terminal open any more
    output.append(buffer, static_cast<std::size_t>(count));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  return {output, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST(CliProgress, LongImportOnATerminalDrawsABar) {
  const TemporaryDirectory folder;
  const auto file = (folder.path() / "many.json").string();
  write_file(file, many_flags());
  const auto [output, exit_code] = run_on_terminal(
      {HEARTH_BINARY, "--set", "DATABASE_URL=sqlite:" + (folder.path() / "f.db").string(), "flags",
       "import", file});
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(output, HasSubstr("\rImporting ["));
  EXPECT_THAT(output, HasSubstr("[" + std::string(40, '#') + "] 100 %\r\n"));
  EXPECT_THAT(output, HasSubstr("\nimported: 20000 created, 0 updated, 0 unchanged\r\n"));
  // It moves: there is something between nothing and everything.
  EXPECT_THAT(output, testing::ContainsRegex("\\] [1-9][0-9] %"));
}

TEST(CliProgress, ShortImportDrawsNone) {
  const TemporaryDirectory folder;
  const auto [output, exit_code] = run_on_terminal(
      {HEARTH_BINARY, "--set", "DATABASE_URL=sqlite:" + (folder.path() / "f.db").string(), "flags",
       "import", HEARTH_DATA_SET});
  EXPECT_EQ(exit_code, 0);
  EXPECT_THAT(output, testing::StartsWith("imported: 270 created, 0 updated, 0 unchanged\r\n"));
  EXPECT_THAT(output, testing::Not(HasSubstr("Importing")));
}

TEST(CliProgress, WithoutATerminalThereIsNoBar) {
  const auto result = run_hearth({"flags", "import", "-"}, {}, many_flags());
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "imported: 20000 created, 0 updated, 0 unchanged\n");
  EXPECT_THAT(result.err, testing::Not(HasSubstr("Importing")));
}

}  // namespace
}  // namespace hearth::functional
