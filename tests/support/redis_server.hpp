#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::test_support {

/// A Redis reply in the shape that assertions want.
struct RedisReply {
  enum class Kind { nil, status, error, integer, text, array };

  Kind kind = Kind::nil;
  std::string text;  ///< of status, error and text
  std::int64_t integer = 0;
  std::vector<RedisReply> elements;

  [[nodiscard]] bool is_nil() const noexcept { return kind == Kind::nil; }
};

/// A private redis-server without persistence, on a free loopback port and on a Unix socket, in a
/// temporary folder. Everything throws std::runtime_error with the server's own log if the server
/// does not do as asked. Threading: one owner.
class RedisServer {
 public:
  struct Options {
    std::optional<std::string> password;
    std::vector<std::string> settings;  ///< further arguments: `{"--maxmemory", "1mb"}`
  };

  /// Starts the server and waits until it answers.
  RedisServer() : RedisServer(Options{}) {}
  explicit RedisServer(Options options);

  /// `redis://127.0.0.1:port`, with the password if there is one.
  [[nodiscard]] std::string url() const;
  /// `unix:///path/to/socket`, with the password if there is one.
  [[nodiscard]] std::string unix_url() const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::filesystem::path socket_path() const;
  [[nodiscard]] pid_t pid() const noexcept { return process_ ? process_->pid() : -1; }

  /// Ends the server and forgets all data. Nothing happens if it does not run.
  void stop();
  /// Ends it as a crash would: SIGKILL.
  void kill();
  /// Starts it again on the same port and socket: empty, unless a snapshot file is there. Nothing
  /// happens if it runs.
  void start();
  /// Where the server writes its snapshot at `SAVE`, and what it loads when it starts.
  [[nodiscard]] std::filesystem::path snapshot_path() const;
  /// SIGSTOP: connections stay open, nothing answers.
  void pause() const;
  void resume() const;

  /// Sends one command over a connection of its own and gives the reply; waits at most 5 s.
  /// An error reply is a RedisReply of kind `error`, not a throw.
  [[nodiscard]] RedisReply command(const std::vector<std::string>& arguments) const;

  /// A command whose reply must not be an error and does not matter otherwise.
  void run(const std::vector<std::string>& arguments) const;

  /// What the server has logged so far.
  [[nodiscard]] std::string log() const;

 private:
  [[nodiscard]] bool launch();
  [[nodiscard]] bool answers() const;

  Options options_;
  TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
  std::optional<ChildProcess> process_;
};

}  // namespace hearth::test_support
