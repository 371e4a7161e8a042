#include "checks/table_lock.hpp"

#include <chrono>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/postgres_server.hpp"

namespace hearth::checks {
namespace {

using test_support::execute;

// The lock ends by itself, should its owner never come back to it.
constexpr auto hold = "SELECT pg_sleep(120)";
constexpr auto holders =
    " FROM pg_stat_activity WHERE query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()"
    " AND wait_event = 'PgSleep'";

}  // namespace

TableLock::TableLock(std::string url, const std::string& table) : url_(std::move(url)) {
  const auto sql = "BEGIN; LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE; " + hold;
  holder_ = std::thread([url = url_, sql] {
    try {
      (void)execute(url, sql);
    } catch (const std::runtime_error&) {
      // As it is ended: its session is terminated.
    }
  });
  test_support::PostgresSession watch(url_);
  const bool held = test_support::eventually(std::chrono::seconds(10), [&] {
    return watch.execute(std::string("SELECT count(*)") + holders).at(0).at(0) == "1";
  });
  if (held) return;
  release();
  throw std::runtime_error("cannot lock the table " + table);
}

TableLock::~TableLock() {
  try {
    release();
  } catch (const std::runtime_error&) {
    // The server is gone, and the lock with it.
    if (holder_.joinable()) holder_.join();
  }
}

void TableLock::release() {
  if (!holder_.joinable()) return;
  (void)execute(url_, std::string("SELECT pg_terminate_backend(pid)") + holders);
  holder_.join();
}

}  // namespace hearth::checks
