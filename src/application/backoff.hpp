#pragma once

#include <chrono>
#include <cstdint>

namespace hearth::application {

/// How long to wait between tries: exponential with jitter, so that clients which lost the
/// same server do not come back in step (Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog, 2015). A value without a clock or a generator of its own.
/// Threading: one owner.
class Backoff {
 public:
  struct Limits {
    std::chrono::milliseconds first{50};   ///< upper bound of the first wait
    std::chrono::milliseconds most{2000};  ///< upper bound of every wait
  };

  explicit Backoff(Limits limits) : limits_(limits) {}

  /// The wait before the next try: `random` (uniform over all 64 bits) picks from half of the
  /// present bound to the whole of it, and the bound doubles. Never 0.
  [[nodiscard]] std::chrono::milliseconds next(std::uint64_t random);

  /// After a success: the next wait is a first one again.
  void reset() noexcept { failures_ = 0; }

 private:
  Limits limits_;
  unsigned failures_ = 0;
};

}  // namespace hearth::application
