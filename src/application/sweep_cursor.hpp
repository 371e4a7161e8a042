#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "application/ports/flag_repository.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// When the next page of a sweep is due, and where it begins. A sweep goes through all states above
/// `from` in the order of their versions, a page at a time with a pause between pages, and begins
/// anew `interval` after the last one ended. The first is due at once.
///
/// One process sweeps for its fleet: who is to begin a sweep asks whether it is its turn, and says
/// what it was told. A sweep that is wanted for what only this process knows needs no turn.
///
/// Pure: told pages and times. Threading: one owner.
class SweepCursor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Settings {
    std::chrono::milliseconds interval{60'000};
    std::chrono::milliseconds pause{100};    ///< between pages
    std::chrono::milliseconds retry{1'000};  ///< after a page that could not be read
    std::size_t page_size = 500;             ///< at least 1; a page that is not full was the last
  };

  SweepCursor(Time start, domain::Version from, Settings settings)
      : settings_(settings), from_(from), due_at_(start), position_(from) {}

  [[nodiscard]] Time due_at() const noexcept { return due_at_; }

  /// Whether the page that is due goes on with a sweep of this process. If not, it would begin one.
  [[nodiscard]] bool is_under_way() const noexcept { return is_under_way_; }

  /// It is this process's turn.
  void begin() { is_under_way_ = true; }

  /// Another process sweeps, or has done so lately.
  void left_to_another(Time now) { due_at_ = now + settings_.interval; }

  /// What to ask find_changed for.
  [[nodiscard]] domain::Version since() const noexcept { return position_; }

  /// The page that was due has been read and compared.
  void page_done(const std::vector<ChangedState>& page, Time now) {
    const bool was_last = page.size() < settings_.page_size;
    is_under_way_ = !was_last;
    position_ = was_last ? from_ : domain::version_of(page.back().state);
    due_at_ = now + (was_last ? settings_.interval : settings_.pause);
  }

  /// The page that was due could not be read.
  void page_failed(Time now) { due_at_ = now + settings_.retry; }

  /// A sweep from the beginning is wanted at once, whoever's turn it is.
  void begin_again(Time now) {
    is_under_way_ = true;
    position_ = from_;
    due_at_ = now;
  }

 private:
  Settings settings_;
  domain::Version from_;
  Time due_at_;
  domain::Version position_;
  bool is_under_way_ = false;
};

}  // namespace hearth::application
