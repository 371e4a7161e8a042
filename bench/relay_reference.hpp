#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {

/// The least that can stand between HTTP and Redis (relay.cpp), on a free port of 127.0.0.1: the
/// floor of what a read from Redis costs on the machine. One thread serves. Threading: one owner.
class RelayReference {
 public:
  /// Started, and answering every request with `answer`, a whole message, once the Redis at
  /// 127.0.0.1:`redis_port` has told it the value of `key`, which is there and does not change.
  /// Throws std::runtime_error if it does not.
  RelayReference(std::uint16_t redis_port, const std::string& key, const std::string& answer);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_->pid(); }

 private:
  test_support::TemporaryDirectory folder_;
  std::uint16_t port_ = 0;
  std::optional<test_support::ChildProcess> process_;
};

}  // namespace hearth::bench
