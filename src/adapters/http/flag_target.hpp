#pragma once

#include <optional>
#include <string_view>

namespace hearth::adapters::http {

/// The target of `GET /api/config/flags/:flagKey`, or of `.../evaluation`, with nothing in its
/// query but what these know, as views into its text. What the rules of names say is not decided
/// here.
struct FlagTarget {
  std::string_view key;
  bool evaluates = false;
  std::optional<std::string_view> environment = {};
  std::optional<std::string_view> user_id = {};
};

/// `text` as such a target if it is one and needs no decoding; nothing for all others. What it
/// gives, `parse_target` and `match_route` give as well.
[[nodiscard]] std::optional<FlagTarget> recognise_flag_target(std::string_view text) noexcept;

/// The user to evaluate for; an empty `userId` is none.
[[nodiscard]] inline std::optional<std::string_view> named_user(
    std::optional<std::string_view> user_id) noexcept {
  return user_id && user_id->empty() ? std::nullopt : user_id;
}

}  // namespace hearth::adapters::http
