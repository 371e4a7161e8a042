#pragma once

#include <optional>
#include <string_view>

#include "domain/flag.hpp"

namespace hearth::domain {

/// Why a value is what it is, in the words of OpenFeature.
enum class Reason {
  disabled,      ///< the flag is switched off
  static_value,  ///< the same for everybody
  split,         ///< decided by the user's bucket
};

/// OpenFeature's spelling: `DISABLED`, `STATIC`, `SPLIT`.
[[nodiscard]] std::string_view name_of(Reason reason) noexcept;

struct Evaluation {
  bool value = false;
  Reason reason = Reason::disabled;

  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

/// OpenFeature's variant of a boolean flag: `on` or `off`.
[[nodiscard]] std::string_view variant_of(const Evaluation& evaluation) noexcept;

/// The bucket, 0..99, that a user falls into for a flag: the first 8 hexadecimal digits of
/// SHA-256(`flagKey:userId`) as a number, modulo 100. Salted by the flag's key, so that the same
/// tenth of the users is not everybody's first tenth. Frozen: golden vectors in the tests hold it.
[[nodiscard]] int bucket_of(FlagKeyView key, std::string_view user_id);

/// Disabled: false. 100 percent: true; 0: false. Between: the user's bucket decides; without a
/// user, true (`enabled`). Pure, and the same on every machine for ever.
[[nodiscard]] Evaluation evaluate(const FlagView& flag, std::optional<std::string_view> user_id);

}  // namespace hearth::domain
