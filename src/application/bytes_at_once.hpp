#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace hearth::application {

/// Looks at eight bytes at a time: "Bit Twiddling Hacks", "Determine if a word has a zero byte".
class EightBytes {
 public:
  static constexpr std::size_t size = 8;

  /// The first eight of `text`, which has as many.
  explicit EightBytes(std::string_view text) noexcept {
    std::memcpy(&bytes_, text.data(), sizeof bytes_);
  }

  /// Whether one is not itself in a text of JSON: a quotation mark, a backslash, a control
  /// character (RFC 8259, section 7).
  [[nodiscard]] bool need_escape() const noexcept { return (escapes() & each(0x80)) != 0; }

  /// The same, or whether one is no character of ASCII that can be printed.
  [[nodiscard]] bool leave_plain_ascii() const noexcept {
    return ((escapes() | equal_to(0x7f) | bytes_) & each(0x80)) != 0;
  }

  /// How many at the front, in the order of the text, are characters of ASCII that can be seen:
  /// neither a control character nor a space.
  [[nodiscard]] std::size_t visible_length() const noexcept {
    if constexpr (std::endian::native != std::endian::little) return 0;
    const auto others = ((bytes_ - each(0x21)) | bytes_ | equal_to(0x7f)) & each(0x80);
    return static_cast<std::size_t>(std::countr_zero(others)) / 8;
  }

  /// What they are as eight hexadecimal digits, in lower case, the first of them the highest;
  /// nothing if one of them is none.
  [[nodiscard]] std::optional<std::uint32_t> hexadecimal_number() const noexcept {
    if constexpr (std::endian::native != std::endian::little) return std::nullopt;
    const auto letters = (bytes_ >> 6) & each(1);
    const auto values = (bytes_ & each(0x0f)) + letters * 9;
    // Right if nobody has more than fifteen, and writing them again gives the same text.
    const auto above_nine = ((values + each(6)) >> 4) & each(1);
    if ((values & each(0xf0)) != 0 || values + each('0') + above_nine * 39 != bytes_) {
      return std::nullopt;
    }
    const auto pairs = (values * 16 + (values >> 8)) & 0x00ff00ff00ff00ffU;
    const auto fours = (pairs * 256 + (pairs >> 16)) & 0x0000ffff0000ffffU;
    return static_cast<std::uint32_t>(fours * 65'536 + (fours >> 32));
  }

  /// What they are as eight decimal digits, the first of them the highest; nothing if one of them
  /// is none. Pairs, then fours, then all are put together, each in one multiplication.
  [[nodiscard]] std::optional<std::uint32_t> decimal_number() const noexcept {
    if constexpr (std::endian::native != std::endian::little) return std::nullopt;
    const auto digits = bytes_ ^ each('0');
    // Above nine, adding 0x76 reaches the highest bit of a byte; below it, it carries nothing over.
    if (((digits | (digits + each(0x76))) & each(0x80)) != 0) return std::nullopt;
    const auto pairs = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ffU;
    const auto fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffffU;
    return static_cast<std::uint32_t>(fours * 10'000 + (fours >> 32));
  }

 private:
  static constexpr std::uint64_t each(std::uint8_t byte) noexcept {
    return 0x0101010101010101U * byte;
  }
  // The highest bits tell: the lowest of them that is set belongs to such a byte.
  [[nodiscard]] std::uint64_t equal_to(std::uint8_t byte) const noexcept {
    const auto differences = bytes_ ^ each(byte);
    return (differences - each(1)) & ~differences;
  }
  [[nodiscard]] std::uint64_t escapes() const noexcept {
    return equal_to('"') | equal_to('\\') | ((bytes_ - each(0x20)) & ~bytes_);
  }

  std::uint64_t bytes_ = 0;
};

/// Looks at sixteen bytes at a time, in a vector of the processor where it has them.
class SixteenBytes {
 public:
  static constexpr std::size_t size = 16;

  /// The first sixteen of `text`, which has as many.
  explicit SixteenBytes(std::string_view text) noexcept {
    std::memcpy(&bytes_, text.data(), sizeof bytes_);
  }

  /// As those of EightBytes.
  [[nodiscard]] bool need_escape() const noexcept { return any_of(escapes()); }
  [[nodiscard]] bool leave_plain_ascii() const noexcept {
    return any_of(escapes() | (bytes_ > 0x7e));
  }

 private:
  using Bytes [[gnu::vector_size(size)]] = unsigned char;
  using Mask [[gnu::vector_size(size)]] = signed char;

  [[nodiscard]] Mask escapes() const noexcept {
    return (bytes_ == '"') | (bytes_ == '\\') | (bytes_ < 0x20);
  }
  static bool any_of(Mask mask) noexcept {
    std::uint64_t halves[2];
    std::memcpy(halves, &mask, sizeof halves);
    return (halves[0] | halves[1]) != 0;
  }

  Bytes bytes_{};
};

}  // namespace hearth::application
