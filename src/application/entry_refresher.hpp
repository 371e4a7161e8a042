#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <utility>

#include "application/flag_loader.hpp"
#include "application/task.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// Refreshes, in the background, an entry of the shared cache that is read near its end, so that a
/// flag which is asked for is not missed because it is outside the warm set.
///
/// Once per key at a time; what the database says goes through the fence, so an entry that has not
/// changed merely lives on. Threading: one instance a thread, used on `executor`'s thread only; no
/// lock. It must outlive its executor's work.
class EntryRefresher {
 public:
  struct Settings {
    std::chrono::milliseconds life{300'000};  ///< of a fresh entry
    double refreshed_below = 0.2;             ///< part of the life that remains, 0..1
    std::size_t most_under_way = 100;
    /// After a failure nothing is refreshed for this long: the database has other worries.
    std::chrono::milliseconds pause_after_failure{1'000};
  };

  EntryRefresher(Executor executor, FlagLoader& loader, Settings settings);
  ~EntryRefresher() = default;
  EntryRefresher(const EntryRefresher&) = delete;
  EntryRefresher& operator=(const EntryRefresher&) = delete;

  /// A live flag was read from the cache, where it expires in `remaining`. Costs a comparison in
  /// nearly all cases; never waits and never fails.
  void note_read(const domain::Environment& environment, domain::FlagKeyView key,
                 std::chrono::milliseconds remaining) {
    if (is_near_its_end(remaining)) refresh(environment, key);
  }

  [[nodiscard]] std::size_t under_way() const noexcept { return under_way_.size(); }

 private:
  using FlagName = std::pair<domain::Environment, domain::FlagKey>;

  [[nodiscard]] bool is_near_its_end(std::chrono::milliseconds remaining) const noexcept {
    return static_cast<double>(remaining.count()) <
           settings_.refreshed_below * static_cast<double>(settings_.life.count());
  }
  void refresh(const domain::Environment& environment, domain::FlagKeyView key);
  Task<void> load(FlagName name);

  Executor executor_;
  FlagLoader& loader_;
  const Settings settings_;
  std::set<FlagName> under_way_;
  std::chrono::steady_clock::time_point paused_until_{};
};

}  // namespace hearth::application
