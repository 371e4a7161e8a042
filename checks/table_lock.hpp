#pragma once

#include <string>
#include <thread>

namespace hearth::checks {

/// Keeps everybody else from a table of PostgreSQL, so that queries which need it take as long as
/// one likes while all others go on as usual. Threading: one owner.
class TableLock {
 public:
  /// Returns when it holds the lock. Throws std::runtime_error if that takes longer than 10 s.
  TableLock(std::string url, const std::string& table);
  ~TableLock();
  TableLock(const TableLock&) = delete;
  TableLock& operator=(const TableLock&) = delete;

  /// Lets the others go on. Nothing happens the second time.
  void release();

 private:
  std::string url_;
  std::thread holder_;
};

}  // namespace hearth::checks
