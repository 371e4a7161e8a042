#pragma once

#include <optional>

#include "domain/names.hpp"

namespace hearth::adapters::postgres {

/// Checks, row by row, that the hottest flags come in the order that was asked for: SQL promises
/// none of UNION ALL, and sorting all of them again would cost more than this.
class HottestOrder {
 public:
  /// Whether the next row may stand there: those that were read come first, by falling heat; then
  /// others, in the order of their keys. Without any that was read, any order will do. `heat`: the
  /// row's; nothing if the flag was never read.
  [[nodiscard]] bool admits(std::optional<double> heat, const domain::FlagKey& key) {
    if (heat) {
      if (unread_begun_ || (last_heat_ && *heat > *last_heat_)) return false;
      last_heat_ = heat;
      return true;
    }
    unread_begun_ = true;
    if (!last_heat_) return true;
    if (last_key_ && key < *last_key_) return false;
    last_key_ = key;
    return true;
  }

 private:
  std::optional<double> last_heat_;
  std::optional<domain::FlagKey> last_key_;  // of those that were never read
  bool unread_begun_ = false;
};

}  // namespace hearth::adapters::postgres
