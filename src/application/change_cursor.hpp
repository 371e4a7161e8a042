#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "application/ports/flag_repository.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// Where a reader of FlagRepository::find_changed stands, and what it must read again.
///
/// Versions are given when a transaction changes a flag and become visible when it commits, so a
/// smaller version may appear after a greater one has been read. Asking for what is greater than
/// the last one seen would never find it. So the cursor remembers when it saw which version, and
/// everything above what it had seen `overlap` ago is read again, over and over. A transaction that
/// stays open for longer than that after its change is left to the full sweep (SweepCursor).
///
/// A round reads what is new, page by page, and then one page of what is to be read again, unless
/// all of it has just been: hints make many rounds a second where many flags are changed, and each
/// would read everything that changed within the overlap.
///
///     cursor.begin_round();
///     while (const auto since = cursor.next_page()) {
///       page = find_changed(*since, page_size); act on cursor.unhandled(page);
///       cursor.handled(page, now);
///     }
///
/// A page that could not be acted on is not reported as handled; the next round begins with it.
/// Pure: told pages and times. Threading: one owner.
class ChangeCursor {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Settings {
    std::chrono::milliseconds overlap{10'000};
    std::chrono::milliseconds again_every{1'000};  ///< from the begin of one pass to the next
    std::size_t page_size = 500;            ///< at least 1; a page that is not full was the last
    std::size_t most_pages_a_round = 20;    ///< of what is new; the rest is for the next round
    std::size_t most_remembered = 100'000;  ///< versions; those beyond are only looked at again
  };

  /// Everything up to `start` counts as handled.
  ChangeCursor(domain::Version start, Settings settings);

  void begin_round(Time now);

  /// What to ask find_changed for, next in this round; nothing: the round is over.
  [[nodiscard]] std::optional<domain::Version> next_page() const;

  /// Those of a page that have not been handled in an earlier one.
  [[nodiscard]] std::vector<ChangedState> unhandled(std::vector<ChangedState> page) const;

  /// The page that was asked for has been dealt with. `now`: after it was read.
  void handled(const std::vector<ChangedState>& page, Time now);

  /// The greatest version seen.
  [[nodiscard]] domain::Version newest() const noexcept { return newest_; }

  /// Everything up to here is behind us for good: it is not read again.
  [[nodiscard]] domain::Version settled() const noexcept { return settled_; }

 private:
  enum class Stage { fresh, again, over };

  /// `version` was visible at `time`.
  struct Sighting {
    Time time;
    domain::Version version = 0;
  };

  void remember(const std::vector<ChangedState>& page);
  void note_newest(Time now);
  void end_pass();

  const Settings settings_;
  domain::Version newest_;
  domain::Version settled_;
  std::set<domain::Version> handled_;  ///< those above settled_
  std::deque<Sighting> sightings_;     ///< both members grow; versions above settled_

  Stage stage_ = Stage::over;
  Time round_began_{};
  std::size_t pages_ = 0;

  /// Reading again goes from settled_ to newest_ in passes of a page a round, and not before this.
  Time next_pass_{};
  struct Pass {
    Time began;
    domain::Version position = 0;
  };
  std::optional<Pass> pass_;
};

}  // namespace hearth::application
