#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "domain/error.hpp"
#include "domain/names.hpp"

namespace hearth::domain {

/// Grows with every change of a flag, deletion included, and never goes back for the same
/// (environment, key). 0: the key has never existed.
using Version = std::uint64_t;

/// A moment as other systems tell it, in UTC.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

inline constexpr std::size_t max_description_characters = 2000;

/// A live flag as the system of record holds it.
struct Flag {
  FlagKey key;
  bool enabled = false;
  int rollout_percentage = 0;  ///< 0..100, in percent of the users
  std::string description;     ///< UTF-8, at most max_description_characters code points
  Version version = 0;
  Timestamp created_at{};
  Timestamp updated_at{};

  friend bool operator==(const Flag&, const Flag&) = default;
};

/// A live flag as a view of where it is held; valid as long as that is.
struct FlagView {
  FlagKeyView key;
  bool enabled = false;
  int rollout_percentage = 0;
  std::string_view description;
  Version version = 0;
  Timestamp created_at{};
  Timestamp updated_at{};

  explicit FlagView(FlagKeyView of) noexcept : key(of) {}
  /// Implicit: what looks at a flag does not ask how it is held.
  FlagView(const Flag& flag) noexcept
      : key(flag.key),
        enabled(flag.enabled),
        rollout_percentage(flag.rollout_percentage),
        description(flag.description),
        version(flag.version),
        created_at(flag.created_at),
        updated_at(flag.updated_at) {}
};

/// The flag itself.
[[nodiscard]] Flag copy_of(const FlagView& view);

/// "Known not to exist": a deleted flag with the version of its deletion, or, with version 0, a
/// key that was looked for and has never been there.
struct Tombstone {
  FlagKey key;
  Version version = 0;

  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

/// What is known of one key at one version.
using FlagState = std::variant<Flag, Tombstone>;

[[nodiscard]] const FlagKey& key_of(const FlagState& state) noexcept;
[[nodiscard]] Version version_of(const FlagState& state) noexcept;

/// The parts of a flag that people decide; what `create` and an import take.
struct FlagDraft {
  FlagKey key;
  bool enabled = false;
  int rollout_percentage = 100;
  std::string description;

  friend bool operator==(const FlagDraft&, const FlagDraft&) = default;
};

/// A change of some of them; an absent member stays as it is.
struct FlagPatch {
  std::optional<bool> enabled;
  std::optional<int> rollout_percentage;
  std::optional<std::string> description;

  [[nodiscard]] bool empty() const noexcept {
    return !enabled && !rollout_percentage && !description;
  }
};

/// Both fail with `validation`, naming the member and its rule.
[[nodiscard]] Result<void> validate_rollout_percentage(std::int64_t percentage);
[[nodiscard]] Result<void> validate_description(std::string_view description);

/// All members that have a rule.
[[nodiscard]] Result<void> validate(const FlagDraft& draft);
[[nodiscard]] Result<void> validate(const FlagPatch& patch);

}  // namespace hearth::domain
