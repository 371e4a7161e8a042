#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {

/// A private webdis, an HTTP front for Redis, on a free port of 127.0.0.1: `GET /GET/key.txt`
/// answers the value of a key. One thread serves. Threading: one owner.
class WebdisReference {
 public:
  /// Started, and answering from the Redis at 127.0.0.1:`redis_port`, with so many connections to
  /// it. Throws std::runtime_error, with its log, if it does not.
  WebdisReference(std::uint16_t redis_port, std::size_t redis_connections);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_->pid(); }

 private:
  test_support::TemporaryDirectory folder_;
  std::uint16_t port_ = 0;
  std::optional<test_support::ChildProcess> process_;
};

}  // namespace hearth::bench
