#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace hearth::checks {

using Clock = std::chrono::steady_clock;

/// One change of a flag as its writer saw it. Changes of a flag are numbered from 1 by their one
/// writer; the number stands in the flag's description, because public answers have no version.
struct Change {
  std::uint64_t number = 0;
  std::size_t process = 0;  ///< through which it was made
  Clock::time_point sent;
  Clock::time_point answered;
  int status = 0;             ///< of the answer; 0: none came
  std::uint64_t version = 0;  ///< of the answer; 0: it had none

  [[nodiscard]] bool acknowledged() const noexcept { return status == 200; }
};

/// What is known of the changes of one flag, and whether a read may answer what it did.
///
/// The rule: a read that starts after change n was acknowledged with 200 answers n or a later one.
/// Threading: `begin` and `end` by the flag's one writer, everything else by any thread.
class ChangeHistory {
 public:
  enum class Verdict {
    right,
    outdated,  ///< older than a change that had been acknowledged before the read started
    invented   ///< a number that nobody has sent
  };

  /// The next change is about to be sent; gives its number.
  [[nodiscard]] std::uint64_t begin() noexcept { return ++sent_; }
  /// It was answered, or will not be.
  void end(const Change& change);

  /// The greatest number that has been acknowledged; to be asked before a read is sent.
  [[nodiscard]] std::uint64_t acknowledged() const noexcept { return acknowledged_; }
  /// The greatest number that has been sent.
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }

  /// Judges a read that answered `number` and before which `acknowledged()` was `floor`.
  [[nodiscard]] Verdict judge(std::uint64_t floor, std::uint64_t number) const noexcept;

  /// The latest changes that have ended, oldest first; at most 12.
  [[nodiscard]] std::vector<Change> recent() const;

 private:
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  mutable std::mutex mutex_;
  std::deque<Change> recent_;  ///< under mutex_
};

/// `n=17`: how a number stands in a description.
[[nodiscard]] std::string description_of(std::uint64_t number);

/// The number in a flag's JSON; nothing but 0 if it has none, as before its first change.
[[nodiscard]] std::uint64_t number_in(const std::string& body);

}  // namespace hearth::checks
