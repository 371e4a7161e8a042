#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "adapters/redis/resp.hpp"
#include "application/await_callback.hpp"
#include "application/deadline.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::redis {

/// Hears the text that a GET found, while the bytes that it came in are there.
using TextHandler = std::move_only_function<void(domain::Result<TextView>)>;

/// Commands that were sent together, and who waits for their replies: one of the two, and neither
/// once the waiter gave up.
struct PendingCommands {
  std::size_t expected = 0;  ///< replies
  application::Deadline deadline;
  std::vector<Reply> replies;  ///< that have come
  application::Resume<domain::Result<std::vector<Reply>>> resume;
  TextHandler on_text;

  [[nodiscard]] bool is_waited_for() const { return resume || on_text; }

  /// Nobody hears of the replies after that.
  void fail_with(const domain::Error& error);
};

/// The replies that a server owes a connection, in the order of the commands.
/// Threading: one owner. No clock: it is told what time it is.
class PendingReplies {
 public:
  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
  /// How many replies are owed.
  [[nodiscard]] std::size_t size() const noexcept { return owed_; }

  void push(PendingCommands&& commands);

  /// Whether the next reply is that of a GET whose text somebody wants to hear.
  [[nodiscard]] bool is_text_next() const { return !queue_.empty() && queue_.front().on_text; }

  /// Who hears the text in the next reply, which is that of a GET. Only if `is_text_next`.
  [[nodiscard]] TextHandler take_text_handler();

  /// The next reply is this one. The commands that it completes, if it does. Not when it is empty.
  [[nodiscard]] std::optional<PendingCommands> take_reply(Reply reply);

  /// The waiters whose deadline has passed. Their replies are still owed, so their places stay.
  [[nodiscard]] std::vector<PendingCommands> take_expired(application::Deadline now);

  /// Of those that somebody waits for.
  [[nodiscard]] std::optional<application::Deadline> earliest_deadline() const;

  /// All who are left: nothing is owed any more.
  [[nodiscard]] std::deque<PendingCommands> take_all();

 private:
  std::deque<PendingCommands> queue_;
  std::size_t owed_ = 0;
};

}  // namespace hearth::adapters::redis
