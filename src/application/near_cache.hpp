#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "application/fleet_view.hpp"
#include "domain/flag.hpp"

namespace hearth::application {

/// A copy of what is known of one key.
struct NearCopy {
  domain::FlagState state;
  CopyStamp stamp;
  Lease::Time expires{};
  /// What whoever serves the state has made of it, kept as long as the copy; empty until then.
  std::string rendering = {};
};

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

  /// The copy that may be served at `now` (Clock::since_boot). Valid until the next call. `key` is
  /// the text of a key; there is no copy of what is none.
  [[nodiscard]] NearCopy* find(const domain::Environment& environment, std::string_view key,
                               Time now);

  /// What was last known, however old. Valid until the next call.
  [[nodiscard]] const domain::FlagState* last_known(const domain::Environment& environment,
                                                    const domain::FlagKey& key);

  /// The stamp to take before a state is read from the shared cache or the database.
  [[nodiscard]] CopyStamp stamp(const domain::Environment& environment, domain::FlagKeyView key) {
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
  static std::string_view text_of(const domain::FlagKey& key) noexcept { return key.text(); }
  static std::string_view text_of(std::string_view key) noexcept { return key; }
  struct NameView {
    const domain::Environment& environment;
    std::string_view key;
  };
  struct Hash {
    using is_transparent = void;
    template <class AnyName>
    std::size_t operator()(const AnyName& name) const noexcept {
      return std::hash<std::string_view>{}(text_of(name.key)) * 31 +
             std::hash<domain::Environment>{}(name.environment);
    }
  };
  struct Equal {
    using is_transparent = void;
    template <class One, class Other>
    bool operator()(const One& one, const Other& other) const noexcept {
      return text_of(one.key) == text_of(other.key) && one.environment == other.environment;
    }
  };
  using Generation = std::unordered_map<Name, NearCopy, Hash, Equal>;

  NearCopy* look_up(const domain::Environment& environment, std::string_view key);
  void make_room();

  FleetView& view_;
  const Settings settings_;
  Generation younger_;
  Generation older_;
};

}  // namespace hearth::application
