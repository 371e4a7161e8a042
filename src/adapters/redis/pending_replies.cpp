#include "adapters/redis/pending_replies.hpp"

#include <algorithm>
#include <utility>

namespace hearth::adapters::redis {

void PendingCommands::fail_with(const domain::Error& error) {
  if (auto wake = std::exchange(resume, {})) wake(std::unexpected(error));
  if (auto tell = std::exchange(on_text, {})) tell(std::unexpected(error));
}

void PendingReplies::push(PendingCommands&& commands) {
  owed_ += commands.expected;
  queue_.push_back(std::move(commands));
}

TextHandler PendingReplies::take_text_handler() {
  auto handler = std::move(queue_.front().on_text);
  queue_.pop_front();
  --owed_;
  return handler;
}

std::optional<PendingCommands> PendingReplies::take_reply(Reply reply) {
  auto& next = queue_.front();
  next.replies.push_back(std::move(reply));
  --owed_;
  if (next.replies.size() < next.expected) return std::nullopt;
  auto complete = std::move(next);
  queue_.pop_front();
  return complete;
}

std::vector<PendingCommands> PendingReplies::take_expired(application::Deadline now) {
  std::vector<PendingCommands> expired;
  for (auto& commands : queue_) {
    if (commands.deadline > now || !commands.is_waited_for()) continue;
    expired.push_back({0,
                       commands.deadline,
                       {},
                       std::exchange(commands.resume, {}),
                       std::exchange(commands.on_text, {})});
  }
  return expired;
}

std::optional<application::Deadline> PendingReplies::earliest_deadline() const {
  std::optional<application::Deadline> earliest;
  for (const auto& commands : queue_) {
    if (!commands.is_waited_for()) continue;
    earliest = std::min(earliest.value_or(commands.deadline), commands.deadline);
  }
  return earliest;
}

std::deque<PendingCommands> PendingReplies::take_all() {
  owed_ = 0;
  return std::exchange(queue_, {});
}

}  // namespace hearth::adapters::redis
