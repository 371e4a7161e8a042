#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/redis/pending_replies.hpp"

namespace hearth::adapters::redis {
namespace {

using application::Deadline;
using domain::Error;
using domain::ErrorCode;
using domain::Result;
using std::chrono::milliseconds;

const Deadline start{};

PendingCommands commands(std::size_t expected, Deadline deadline, std::string& heard) {
  return {expected,
          deadline,
          {},
          [&heard](Result<std::vector<Reply>> replies) {
            heard =
                replies ? std::to_string(replies->size()) + " replies" : replies.error().message;
          },
          {}};
}

PendingCommands get(Deadline deadline, std::string& heard) {
  return {1, deadline, {}, {}, [&heard](Result<TextView> text) {
            heard = text ? std::string(text->value_or("nothing")) : text.error().message;
          }};
}

TEST(PendingReplies, GoToThoseWhoAskedInTheirOrder) {
  std::string first, second;
  PendingReplies pending;
  pending.push(commands(2, start, first));
  pending.push(get(start, second));
  EXPECT_EQ(pending.size(), 3U);
  EXPECT_FALSE(pending.is_text_next());

  EXPECT_FALSE(pending.take_reply({}));
  auto complete = pending.take_reply({});
  ASSERT_TRUE(complete);
  complete->resume(std::move(complete->replies));
  EXPECT_EQ(first, "2 replies");

  EXPECT_TRUE(pending.is_text_next());
  pending.take_text_handler()(TextView("text"));
  EXPECT_EQ(second, "text");
  EXPECT_TRUE(pending.empty());
  EXPECT_EQ(pending.size(), 0U);
}

TEST(PendingReplies, AreOwedStillWhenWhoWaitedHasGivenUp) {
  std::string late, patient;
  PendingReplies pending;
  pending.push(get(start + milliseconds(10), late));
  pending.push(get(start + milliseconds(30), patient));
  EXPECT_EQ(pending.earliest_deadline(), start + milliseconds(10));
  EXPECT_TRUE(pending.take_expired(start + milliseconds(9)).empty());

  auto expired = pending.take_expired(start + milliseconds(10));
  ASSERT_EQ(expired.size(), 1U);
  expired.front().fail_with(Error{ErrorCode::deadline_exceeded, "too late"});
  EXPECT_EQ(late, "too late");
  EXPECT_EQ(pending.earliest_deadline(), start + milliseconds(30));

  // The first reply that comes is that of the one who has given up, not that of the next.
  EXPECT_EQ(pending.size(), 2U);
  EXPECT_FALSE(pending.is_text_next());
  const auto nobodys = pending.take_reply({});
  ASSERT_TRUE(nobodys);
  EXPECT_FALSE(nobodys->is_waited_for());
  EXPECT_TRUE(patient.empty());
  EXPECT_TRUE(pending.is_text_next());
}

TEST(PendingReplies, AllWhoAreLeftHearOfTheEndOnce) {
  std::string one, other;
  PendingReplies pending;
  pending.push(get(start, one));
  pending.push(commands(5, start, other));
  auto left = pending.take_all();
  EXPECT_TRUE(pending.empty());
  EXPECT_EQ(pending.size(), 0U);
  EXPECT_FALSE(pending.earliest_deadline());
  for (auto& waiter : left) {
    waiter.fail_with(Error{ErrorCode::unavailable, "lost"});
    EXPECT_FALSE(waiter.is_waited_for());
  }
  EXPECT_EQ(one, "lost");
  EXPECT_EQ(other, "lost");
}

}  // namespace
}  // namespace hearth::adapters::redis
