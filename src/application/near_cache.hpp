#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "application/fleet_view.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// One thread's own copies of flags, in front of the shared cache (docs/coherence/README.md,
/// rule 6). A copy may be served while the lease holds, nothing has voided it since it was read,
/// and its own time has not passed. What may not be served any more stays as the last known value,
/// for when neither the cache nor the database can answer.
///
/// Bound: two generations of `most_entries / 2` each; when the younger is full, the older goes, so
/// that what is still asked for stays. Threading: one thread.
class NearCache {
 public:
  using Time = Lease::Time;

  struct Settings {
    std::chrono::milliseconds ttl{5'000};  ///< 0: no near cache
    std::size_t most_entries = 20'000;
  };

  NearCache(FleetView& view, Settings settings) : view_(view), settings_(settings) {}

  [[nodiscard]] bool is_enabled() const noexcept { return settings_.ttl.count() > 0; }

  /// The copy that may be served at `now` (Clock::since_boot). Valid until the next `put`.
  [[nodiscard]] const domain::FlagState* find(const domain::Environment& environment,
                                              const domain::FlagKey& key, Time now);

  /// What was last known, however old. Valid until the next `put`.
  [[nodiscard]] const domain::FlagState* last_known(const domain::Environment& environment,
                                                    const domain::FlagKey& key);

  /// The stamp to take before a state is read from the shared cache or the database.
  [[nodiscard]] CopyStamp stamp(const domain::Environment& environment,
                                const domain::FlagKey& key) {
    return view_.lease(environment).stamp(key);
  }

  /// Keeps a copy that was read at `now` or later with the stamp taken before.
  void put(const domain::Environment& environment, domain::FlagState state, CopyStamp stamp,
           Time now);

  /// The keys of at most `most` copies of that environment, whatever their age: what this thread
  /// has been asked for lately.
  [[nodiscard]] std::vector<domain::FlagKey> keys(const domain::Environment& environment,
                                                  std::size_t most) const;

  [[nodiscard]] std::size_t size() const noexcept { return younger_.size() + older_.size(); }

 private:
  struct Name {
    domain::Environment environment;
    domain::FlagKey key;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct NameView {
    const domain::Environment& environment;
    const domain::FlagKey& key;
  };
  struct Hash {
    using is_transparent = void;
    template <class AnyName>
    std::size_t operator()(const AnyName& name) const noexcept {
      return std::hash<domain::FlagKey>{}(name.key) * 31 +
             std::hash<domain::Environment>{}(name.environment);
    }
  };
  struct Equal {
    using is_transparent = void;
    template <class One, class Other>
    bool operator()(const One& one, const Other& other) const noexcept {
      return one.key == other.key && one.environment == other.environment;
    }
  };
  struct Copy {
    domain::FlagState state;
    CopyStamp stamp;
    Time expires{};
  };
  using Generation = std::unordered_map<Name, Copy, Hash, Equal>;

  Copy* look_up(const domain::Environment& environment, const domain::FlagKey& key);
  void make_room();

  FleetView& view_;
  const Settings settings_;
  Generation younger_;
  Generation older_;
};

}  // namespace hearth::application
