#include "support/child_process.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <signal.h>
#include <sstream>

#include "support/eventually.hpp"
#include "support/redis_server.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::test_support {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string contents_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool exists(pid_t pid) { return kill(pid, 0) == 0 || errno != ESRCH; }

TEST(ChildProcess, ExitStatusAndOutputComeBack) {
  const TemporaryDirectory directory;
  ChildOptions options;
  options.standard_output = directory.path() / "out";
  options.environment = {"GREETING=hello"};
  auto child = ChildProcess::start({"sh", "-c", "echo \"$GREETING\"; exit 7"}, options);
  EXPECT_EQ(child.wait(seconds(10)), 7);
  EXPECT_EQ(child.wait(milliseconds(0)), 7) << "asked again";
  EXPECT_EQ(contents_of(directory.path() / "out"), "hello\n");
}

TEST(ChildProcess, UnknownProgramIsSaidAtOnce) {
  EXPECT_THROW((void)ChildProcess::start({"no-such-program-anywhere"}), std::runtime_error);
}

TEST(ChildProcess, StopEndsAPausedProcessToo) {
  auto child = ChildProcess::start({"sleep", "600"});
  child.signal(SIGSTOP);
  EXPECT_EQ(child.stop(seconds(10)), 128 + SIGTERM);
}

TEST(ChildProcess, NothingSurvivesItsObject) {
  pid_t pid = -1;
  {
    auto child = ChildProcess::start({"sleep", "600"});
    pid = child.pid();
    EXPECT_TRUE(child.running());
  }
  EXPECT_TRUE(eventually(seconds(10), [&] { return !exists(pid); }));
}

TEST(RedisServer, RestartsEmptyOnTheSamePort) {
  RedisServer server;
  server.run({"SET", "key", "value"});
  EXPECT_EQ(server.command({"GET", "key"}).text, "value");
  const auto url = server.url();
  server.stop();
  EXPECT_THROW((void)server.command({"PING"}), std::runtime_error);
  server.start();
  EXPECT_EQ(server.url(), url);
  EXPECT_TRUE(server.command({"GET", "key"}).is_nil());
}

TEST(RedisServer, PasswordIsAskedFor) {
  RedisServer server({.password = "s3cret-word", .settings = {}});
  EXPECT_EQ(server.command({"PING"}).text, "PONG");
  EXPECT_NE(server.url().find(":s3cret-word@"), std::string::npos);
}

}  // namespace
}  // namespace hearth::test_support
