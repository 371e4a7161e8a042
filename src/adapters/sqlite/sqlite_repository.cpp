#include "adapters/sqlite/sqlite_repository.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

#include "adapters/sqlite/hottest_rows.hpp"
#include "adapters/sqlite/store.hpp"

namespace hearth::adapters::sqlite {

using application::Deadline;
using application::Executor;
using application::ImportMode;
using application::Task;
using domain::Environment;
using domain::Flag;
using domain::FlagKey;
using domain::Result;

namespace {

/// How long `open` waits for another process that holds the file.
constexpr std::chrono::seconds open_patience{5};

}  // namespace

/// The thread on which SQLite may block, and what only it touches.
class SqliteRepository::Worker {
 public:
  Worker(std::string path, std::unique_ptr<Database> database)
      : path_(std::move(path)),
        store_(std::move(database)),
        work_(boost::asio::make_work_guard(context_)),
        thread_([this] { context_.run(); }) {}

  ~Worker() {
    work_.reset();
    context_.stop();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Runs `call(store)` on the thread and comes back with its result. `call` lives in the
  /// caller's frame, which waits.
  template <class Call>
  Task<std::invoke_result_t<Call&, Store&>> run(Call& call) {
    return application::run_on(context_.get_executor(), on_thread(store_, call));
  }

 private:
  template <class Call>
  static Task<std::invoke_result_t<Call&, Store&>> on_thread(Store& store, Call& call) {
    co_return call(store);
  }

  const std::string path_;
  boost::asio::io_context context_{1};
  Store store_;
  boost::asio::executor_work_guard<Executor> work_;
  std::thread thread_;
};

SqliteRepository::SqliteRepository(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}

SqliteRepository::~SqliteRepository() = default;

Result<std::unique_ptr<SqliteRepository>> SqliteRepository::open(std::string path) {
  auto database = Database::open(path, application::deadline_in(open_patience));
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<SqliteRepository>(
      new SqliteRepository(std::make_unique<Worker>(std::move(path), std::move(*database))));
}

Task<Result<std::vector<domain::FlagState>>> SqliteRepository::find_many(Environment environment,
                                                                         std::vector<FlagKey> keys,
                                                                         Deadline deadline) {
  auto call = [&](Store& store) { return store.find_many(environment, std::move(keys), deadline); };
  co_return co_await worker_->run(call);
}

Task<Result<void>> SqliteRepository::stream_hottest(Environment environment,
                                                    application::HeatQuery query,
                                                    application::FlagSink& sink,
                                                    Deadline deadline) {
  auto begin = [&](Store&) {
    return HottestRows::begin(worker_->path(), environment, query, deadline);
  };
  auto rows = co_await worker_->run(begin);
  if (!rows) co_return std::unexpected(std::move(rows.error()));
  auto read = [&](Store&) { return (*rows)->next(); };
  bool is_wanted = true;
  while (is_wanted) {
    auto flags = co_await worker_->run(read);
    if (!flags) co_return std::unexpected(std::move(flags.error()));
    const bool was_last = flags->size() < query.batch;
    if (!flags->empty()) is_wanted = co_await sink.take(std::move(*flags));
    if (was_last) break;
  }
  co_return Result<void>();
}

Task<Result<std::vector<application::ChangedState>>> SqliteRepository::find_changed(
    domain::Version since, std::size_t limit, Deadline deadline) {
  auto call = [&](Store& store) { return store.find_changed(since, limit, deadline); };
  co_return co_await worker_->run(call);
}

Task<Result<domain::Version>> SqliteRepository::latest_version(std::chrono::milliseconds age,
                                                               Deadline deadline) {
  auto call = [&](Store& store) { return store.latest_version(age, deadline); };
  co_return co_await worker_->run(call);
}

Task<Result<application::FlagPage>> SqliteRepository::list(Environment environment,
                                                           application::PageRequest page,
                                                           Deadline deadline) {
  auto call = [&](Store& store) { return store.list(environment, page, deadline); };
  co_return co_await worker_->run(call);
}

Task<Result<Flag>> SqliteRepository::create(Environment environment, domain::FlagDraft draft,
                                            Deadline deadline) {
  auto call = [&](Store& store) { return store.create(environment, draft, deadline); };
  co_return co_await worker_->run(call);
}

Task<Result<Flag>> SqliteRepository::update(Environment environment, FlagKey key,
                                            domain::FlagPatch patch,
                                            std::optional<domain::Version> expected,
                                            Deadline deadline) {
  auto call = [&](Store& store) {
    return store.update(environment, key, patch, expected, deadline);
  };
  co_return co_await worker_->run(call);
}

Task<Result<domain::Tombstone>> SqliteRepository::remove(Environment environment, FlagKey key,
                                                         std::optional<domain::Version> expected,
                                                         Deadline deadline) {
  auto call = [&](Store& store) { return store.remove(environment, key, expected, deadline); };
  co_return co_await worker_->run(call);
}

Task<Result<application::ImportReport>> SqliteRepository::import(
    Environment environment, std::vector<domain::FlagDraft> drafts, ImportMode mode,
    Progress progress, Deadline deadline) {
  auto call = [&](Store& store) {
    return store.import(environment, drafts, mode, progress, deadline);
  };
  co_return co_await worker_->run(call);
}

Task<Result<void>> SqliteRepository::record(std::vector<application::AccessCount> accesses,
                                            Deadline deadline) {
  auto call = [&](Store& store) { return store.record(accesses, deadline); };
  co_return co_await worker_->run(call);
}

}  // namespace hearth::adapters::sqlite
