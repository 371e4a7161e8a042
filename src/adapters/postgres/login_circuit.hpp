#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "application/backoff.hpp"

namespace hearth::adapters::postgres {

/// Why no connection was made.
enum class LoginFailureKind {
  refused,  ///< the server is not there, or does not want this login: trying again is no help
  slow,     ///< it did not answer in time, broke off, or has no room: it may only be busy
};

/// When the next login may be tried, and whether calls still wait for it. A server that refuses is
/// away at once; one that is slow gets `patience` first, because a fleet that starts in one moment
/// keeps it busy with logins for longer than one of them may take.
///
/// Threading: one owner. No clock of its own.
class LoginCircuit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Settings {
    application::Backoff::Limits backoff;
    std::chrono::milliseconds patience;  ///< from the start of the first login that was slow
  };

  explicit LoginCircuit(Settings settings) : settings_(settings), backoff_(settings.backoff) {}

  /// A login that began at `began` has failed at `now`. `random` as for Backoff::next. It tells
  /// nothing if another has succeeded meanwhile.
  void failed(LoginFailureKind kind, Time began, Time now, std::uint64_t random) {
    if (began < succeeded_at_) return;
    if (!failing_since_) failing_since_ = began;
    is_away_ = kind == LoginFailureKind::refused || now - *failing_since_ >= settings_.patience;
    next_try_ = now + backoff_.next(random);
  }

  void succeeded(Time now) noexcept {
    succeeded_at_ = now;
    failing_since_.reset();
    is_away_ = false;
    next_try_ = {};
    backoff_.reset();
  }

  /// The server counts as away and is not to be tried again yet: calls that would have to wait for
  /// a login fail at once instead.
  [[nodiscard]] bool is_open(Time now) const noexcept { return is_away_ && now < next_try_; }

  /// No login before this. In the past after a success.
  [[nodiscard]] Time next_try() const noexcept { return next_try_; }

 private:
  Settings settings_;
  application::Backoff backoff_;
  std::optional<Time> failing_since_;
  Time next_try_;
  Time succeeded_at_;  // the last time
  bool is_away_ = false;
};

}  // namespace hearth::adapters::postgres
