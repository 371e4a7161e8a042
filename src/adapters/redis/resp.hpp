#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/error.hpp"

namespace hearth::adapters::redis {

/// One reply of a Redis server in version 2 of its protocol (RESP2).
struct Reply {
  enum class Type { null, text, error, integer, array };

  Type type = Type::null;
  std::string text;             ///< of `text` and `error`
  std::int64_t integer = 0;     ///< of `integer`
  std::vector<Reply> elements;  ///< of `array`

  friend bool operator==(const Reply&, const Reply&) = default;
};

/// The answer to TIME in milliseconds; nothing if it is none.
[[nodiscard]] std::optional<std::int64_t> time_ms(const Reply& reply);

/// Why the server cannot serve, if the reply to a read says so (LOADING, NOAUTH, MASTERDOWN, ...).
/// That a key has another type than a string says something of the key alone, and is none.
[[nodiscard]] std::optional<domain::Error> refusal_to_serve(const Reply& reply);

/// A reply and the bytes that it took from the front of the buffer.
struct ParsedReply {
  Reply reply;
  std::size_t size = 0;
};

/// Parses one reply from the front of `bytes`. Nothing: more bytes are needed. Fails with
/// `unavailable` on bytes that are no RESP2 or exceed a limit (16 MiB a text, 1,048,576 elements,
/// 8 levels): the connection cannot be used any further.
[[nodiscard]] domain::Result<std::optional<ParsedReply>> parse_reply(std::string_view bytes);

/// The text that a GET found, as a view into the bytes that it came in; nothing: there is no such
/// key.
using TextView = std::optional<std::string_view>;

/// A text or null and the bytes that it took from the front of the buffer.
struct RecognisedText {
  TextView text;
  std::size_t size = 0;
};

/// The reply at the front of `bytes` if it is a whole bulk string or null, without copying it.
/// Nothing is refused: what is not recognised is for `parse_reply`, which takes all that is
/// recognised alike.
[[nodiscard]] std::optional<RecognisedText> recognise_text(std::string_view bytes) noexcept;

/// Appends the command that asks for the text under `key`.
void append_get(std::string& out, std::string_view key);

/// Commands to be sent in one piece, with the number of replies to expect.
class Commands {
 public:
  /// Appends one command of an array of bulk strings.
  void add(std::initializer_list<std::string_view> arguments);

  /// Appends a command piece by piece: `begin(n)`, then n times `argument`.
  void begin(std::size_t arguments);
  void argument(std::string_view text);

  /// Makes room for `bytes` bytes in all.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  /// Appends all commands of `other`.
  void append(Commands other);

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

}  // namespace hearth::adapters::redis
