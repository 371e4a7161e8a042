#include "support/postgres_server.hpp"

#include <libpq-fe.h>
#include <sys/file.h>

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

#include "support/eventually.hpp"
#include "support/free_port.hpp"

namespace hearth::test_support {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto patience = 30s;
constexpr auto password = "open-sesame";

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Runs a program to its end as the user who will own the server.
void run_as_owner(std::vector<std::string> arguments) {
  const TemporaryDirectory folder;
  const auto log = folder.path() / "log";
  ChildOptions options;
  options.user_when_root = "postgres";
  options.standard_output = log;
  options.standard_error = log;
  const auto name = arguments.front();
  auto child = ChildProcess::start(std::move(arguments), options);
  if (child.wait(60s) != 0) throw std::runtime_error(name + " failed: " + text_of(log));
}

/// A folder that the server's user owns, mode 0700.
void make_owned_folder(const fs::path& folder) {
  fs::create_directories(folder);
  if (geteuid() == 0) {
    const auto owned = ChildProcess::start({"chown", "postgres:", folder.string()}).wait(10s);
    if (owned != 0) throw std::runtime_error("cannot give " + folder.string() + " to postgres");
  }
}

void init_database(const fs::path& parent, const std::string& name) {
  const TemporaryDirectory secrets;
  const auto password_file = secrets.path() / "password";
  std::ofstream(password_file) << password << "\n";
  make_owned_folder(parent);
  run_as_owner({postgres_program("initdb").string(), "--pgdata", (parent / name).string(),
                "--username", "hearth", "--pwfile", password_file.string(), "--auth",
                "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"});
}

/// One at a time among the tests that run side by side.
class FileLock {
 public:
  explicit FileLock(const fs::path& file)
      : descriptor_(open(file.c_str(), O_CREAT | O_RDWR, 0644)) {
    if (descriptor_ < 0 || flock(descriptor_, LOCK_EX) != 0) {
      throw std::runtime_error("cannot lock " + file.string());
    }
  }
  ~FileLock() { close(descriptor_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

/// The processes whose parent is `parent`, as /proc has them.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const auto pid = static_cast<pid_t>(std::atoi(entry.path().filename().c_str()));
    if (pid <= 0) continue;
    const auto stat = text_of(entry.path() / "stat");
    // "pid (name) state parent ...", where the name may hold anything.
    std::istringstream rest(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
    char state = 0;
    pid_t found = 0;
    if (rest >> state >> found && found == parent) children.push_back(pid);
  }
  return children;
}

}  // namespace

fs::path postgres_program(const std::string& name) {
  std::istringstream path(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    if (fs::exists(fs::path(folder) / name)) return fs::path(folder) / name;
  }
  fs::path newest;
  int newest_version = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version > newest_version && fs::exists(entry.path() / "bin" / name)) {
      newest_version = version;
      newest = entry.path() / "bin" / name;
    }
  }
  if (newest.empty())
    throw std::runtime_error("there is no program " + name + "; install postgresql");
  return newest;
}

PostgresServer::PostgresServer(int max_connections) : port_(free_port()) {
  make_data_folder();
  std::ofstream(folder_.path() / "data" / "postgresql.auto.conf", std::ios::app)
      << "fsync = off\n"
         "shared_preload_libraries = 'pg_stat_statements'\n"
         "pg_stat_statements.track = top\n"
         "listen_addresses = '127.0.0.1'\n"
         "max_connections = "
      << max_connections
      << "\n"
         "log_line_prefix = '%m [%p] '\n"
         "unix_socket_directories = '"
      << folder_.path().string() << "'\n";
  start();
}

PostgresServer::~PostgresServer() {
  if (!server_) return;
  resume();
  server_->signal(SIGQUIT);
  (void)server_->wait(10s);
}

void PostgresServer::make_data_folder() {
  make_owned_folder(folder_.path());
  const char* wanted = std::getenv("HEARTH_TEST_POSTGRES_TEMPLATE");
  if (wanted == nullptr || *wanted == '\0') {
    init_database(folder_.path(), "data");
    return;
  }
  const fs::path shared = wanted;
  fs::create_directories(shared);
  const FileLock lock(shared / "lock");
  if (!fs::exists(shared / "complete")) {
    // Made elsewhere first: the server's user may not be able to reach a build folder.
    const TemporaryDirectory made;
    init_database(made.path(), "data");
    fs::remove_all(shared / "data");
    fs::copy(made.path() / "data", shared / "data", fs::copy_options::recursive);
    std::ofstream(shared / "complete") << "\n";
  }
  fs::copy(shared / "data", folder_.path() / "data", fs::copy_options::recursive);
  fs::permissions(folder_.path() / "data", fs::perms::owner_all);
  if (geteuid() == 0) {
    const auto data = (folder_.path() / "data").string();
    if (ChildProcess::start({"chown", "-R", "postgres:", data}).wait(10s) != 0) {
      throw std::runtime_error("cannot give " + data + " to postgres");
    }
  }
}

std::string PostgresServer::url_of(const std::string& database) const {
  return std::string("postgres://hearth:") + password + "@127.0.0.1:" + std::to_string(port_) +
         "/" + database;
}

std::string PostgresServer::socket_url_of(const std::string& database) const {
  return std::string("postgres://hearth:") + password + "@/" + database +
         "?host=" + folder_.path().string() + "&port=" + std::to_string(port_);
}

std::string PostgresServer::create_database() {
  const auto name = "hearth_" + std::to_string(++databases_);
  execute(url(), "CREATE DATABASE " + name);
  return url_of(name);
}

void PostgresServer::start() {
  const auto log = folder_.path() / "log";
  for (int tries = 0; tries < 5; ++tries) {
    ChildOptions options;
    options.user_when_root = "postgres";
    options.standard_output = log;
    options.standard_error = log;
    std::vector<std::string> command{postgres_program("postgres").string(), "-D",
                                     (folder_.path() / "data").string(), "-p",
                                     std::to_string(port_)};
    server_ = ChildProcess::start(std::move(command), options);
    const bool ready = eventually(
        patience, [&] { return !server_->running() || PQping(url().c_str()) == PQPING_OK; });
    if (ready && server_->running()) return;
    server_.reset();
    // Another process may have taken the port meanwhile. A restart keeps it, as URLs name it.
    if (databases_ == 0) port_ = free_port();
  }
  throw std::runtime_error("PostgreSQL did not start: " + text_of(log));
}

void PostgresServer::stop() {
  if (!server_) return;
  server_->signal(SIGINT);
  if (!server_->wait(patience)) throw std::runtime_error("PostgreSQL did not stop");
  server_.reset();
}

void PostgresServer::signal_all(int number) const {
  if (!server_) return;
  for (const auto pid : children_of(server_->pid())) kill(pid, number);
  server_->signal(number);
}

void PostgresServer::pause() const { signal_all(SIGSTOP); }

void PostgresServer::resume() const { signal_all(SIGCONT); }

struct PostgresSession::Connection {
  std::unique_ptr<PGconn, decltype(&PQfinish)> session{nullptr, PQfinish};
};

PostgresSession::PostgresSession(const std::string& url)
    : connection_(std::make_unique<Connection>()) {
  auto& session = connection_->session;
  session.reset(PQconnectdb(url.c_str()));
  if (PQstatus(session.get()) != CONNECTION_OK) {
    throw std::runtime_error(PQerrorMessage(session.get()));
  }
  PQsetNoticeProcessor(session.get(), [](void*, const char*) {}, nullptr);
}

PostgresSession::~PostgresSession() = default;

PostgresServer::Rows PostgresSession::execute(const std::string& sql) {
  auto* session = connection_->session.get();
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(session, sql.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(session));
  }
  PostgresServer::Rows rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& columns = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      columns.emplace_back(PQgetisnull(result.get(), row, column) != 0
                               ? "NULL"
                               : PQgetvalue(result.get(), row, column));
    }
  }
  return rows;
}

PostgresServer::Rows execute(const std::string& url, const std::string& sql) {
  return PostgresSession(url).execute(sql);
}

struct PostgresListener::Session {
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection{nullptr, PQfinish};
};

PostgresListener::PostgresListener(const std::string& url, const std::string& channel)
    : session_(std::make_unique<Session>()) {
  session_->connection.reset(PQconnectdb(url.c_str()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(session_->connection.get(), ("LISTEN " + channel).c_str()), PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    throw std::runtime_error(PQerrorMessage(session_->connection.get()));
  }
}

PostgresListener::~PostgresListener() = default;

std::optional<std::string> PostgresListener::next(std::chrono::milliseconds timeout) {
  auto* connection = session_->connection.get();
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (true) {
    PQconsumeInput(connection);
    const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification(PQnotifies(connection),
                                                                       PQfreemem);
    if (notification) return notification->extra;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::nullopt;
    pollfd wait{PQsocket(connection), POLLIN, 0};
    poll(&wait, 1, static_cast<int>(left.count()));
  }
}

}  // namespace hearth::test_support
