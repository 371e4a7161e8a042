#pragma once

#include <cstddef>

namespace hearth::adapters::redis {

/// Decides, once a turn of the event loop, whether commands that could be written wait for more, so
/// that fewer writes, and answers, carry as many. It is never worth waiting for a server that has
/// nothing to do, nor once a turn has brought nothing: who is alone is never kept waiting.
class Gathering {
 public:
  /// Commands that go out at once, whoever may follow.
  static constexpr std::size_t most_commands = 32;

  /// `unwritten`: the commands that wait; `owed`: the replies to all, those included.
  [[nodiscard]] bool goes_on(std::size_t unwritten, std::size_t owed) noexcept {
    const bool has_grown = unwritten > seen_;
    const bool is_server_busy = owed > unwritten;
    const bool goes_on = has_grown && is_server_busy && unwritten < most_commands;
    seen_ = goes_on ? unwritten : 0;
    return goes_on;
  }

 private:
  std::size_t seen_ = 0;  ///< that waited a turn ago
};

}  // namespace hearth::adapters::redis
