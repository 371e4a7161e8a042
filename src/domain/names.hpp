#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "domain/error.hpp"

namespace hearth::domain {

class FlagKeyView;

/// The name of a flag: 1 to 100 characters of `[A-Za-z0-9._-]`, but not `.` or `..`, which clients
/// remove from the path of a URL. A FlagKey that exists is valid.
class FlagKey {
 public:
  static constexpr std::size_t max_length = 100;

  /// Fails with `validation` and a message that names the rule and the first offending byte.
  [[nodiscard]] static Result<FlagKey> parse(std::string_view text);

  /// A copy.
  explicit FlagKey(FlagKeyView view);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  friend auto operator<=>(const FlagKey&, const FlagKey&) = default;

 private:
  explicit FlagKey(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A FlagKey that somebody else holds, as long as they do: for who looks at it and keeps nothing.
class FlagKeyView {
 public:
  /// Nothing: FlagKey::parse says why.
  [[nodiscard]] static std::optional<FlagKeyView> parse(std::string_view text) noexcept;

  /// Implicit: what looks at a key does not ask who holds it.
  FlagKeyView(const FlagKey& key) noexcept : text_(key.text()) {}

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  friend bool operator==(const FlagKeyView&, const FlagKeyView&) = default;

 private:
  explicit FlagKeyView(std::string_view text) noexcept : text_(text) {}
  std::string_view text_;
};

inline FlagKey::FlagKey(FlagKeyView view) : text_(view.text()) {}

/// The name of an environment (`production`, `staging`, ...): 1 to 64 characters of
/// `[A-Za-z0-9_-]`. It has no colon and no dot, so that it can stand inside a cache key.
class Environment {
 public:
  static constexpr std::size_t max_length = 64;

  /// Fails with `validation`.
  [[nodiscard]] static Result<Environment> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  friend auto operator<=>(const Environment&, const Environment&) = default;

 private:
  explicit Environment(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace hearth::domain

template <>
struct std::hash<hearth::domain::FlagKey> {
  std::size_t operator()(const hearth::domain::FlagKey& key) const noexcept {
    return std::hash<std::string>{}(key.text());
  }
};

/// That of the FlagKey.
template <>
struct std::hash<hearth::domain::FlagKeyView> {
  std::size_t operator()(const hearth::domain::FlagKeyView& key) const noexcept {
    return std::hash<std::string_view>{}(key.text());
  }
};

template <>
struct std::hash<hearth::domain::Environment> {
  std::size_t operator()(const hearth::domain::Environment& environment) const noexcept {
    return std::hash<std::string>{}(environment.text());
  }
};
