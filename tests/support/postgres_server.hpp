#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::test_support {

/// A private PostgreSQL server with its data in a temporary folder, on a free port of 127.0.0.1
/// and on a Unix socket. Loads pg_stat_statements; does not fsync. Every login needs the password
/// that the URLs hold. Throws std::runtime_error if the server cannot be had.
/// Threading: one owner.
class PostgresServer {
 public:
  using Rows = std::vector<std::vector<std::string>>;

  /// Started and accepting connections; takes at most `max_connections` at a time.
  explicit PostgresServer(int max_connections = 60);
  /// Ends the server at once.
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Of the database `postgres`, as the superuser `hearth`, over TCP.
  [[nodiscard]] std::string url() const { return url_of("postgres"); }
  [[nodiscard]] std::string url_of(const std::string& database) const;
  /// The same over the Unix socket.
  [[nodiscard]] std::string socket_url_of(const std::string& database) const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// A new, empty database; answers its URL over TCP.
  [[nodiscard]] std::string create_database();

  /// Fast shutdown: sessions are ended, data is kept.
  void stop();
  /// On the same port again.
  void start();

  /// Freezes the server with all its processes (SIGSTOP), and lets it go on (SIGCONT).
  void pause() const;
  void resume() const;

 private:
  void make_data_folder();
  void signal_all(int number) const;

  TemporaryDirectory folder_;
  std::uint16_t port_;
  std::optional<ChildProcess> server_;
  int databases_ = 0;
};

/// A connection that stays open, for who asks often: a login costs the server milliseconds of
/// computing. Threading: one owner.
class PostgresSession {
 public:
  explicit PostgresSession(const std::string& url);
  ~PostgresSession();
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  /// As the free function below.
  [[nodiscard]] PostgresServer::Rows execute(const std::string& sql);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

/// Where a program of the server, like initdb, is: in PATH, or in Debian's folder of the newest
/// version. Throws std::runtime_error if it is nowhere.
[[nodiscard]] std::filesystem::path postgres_program(const std::string& name);

/// Runs SQL over a connection of its own and answers the rows of the last statement as text, NULL
/// as `NULL`. Throws std::runtime_error with the server's message.
PostgresServer::Rows execute(const std::string& url, const std::string& sql);

/// A connection that stays open and collects what NOTIFY says. Threading: one owner.
class PostgresListener {
 public:
  PostgresListener(const std::string& url, const std::string& channel);
  ~PostgresListener();
  PostgresListener(const PostgresListener&) = delete;
  PostgresListener& operator=(const PostgresListener&) = delete;

  /// The payload of the next notification; nothing if none comes in time.
  [[nodiscard]] std::optional<std::string> next(std::chrono::milliseconds timeout);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

}  // namespace hearth::test_support
