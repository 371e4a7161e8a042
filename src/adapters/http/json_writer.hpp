#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::adapters::http {

/// Writes one JSON document front to back. It places the commas; the caller balances the brackets
/// and gives every member a key.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);  ///< UTF-8
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(std::int64_t{number}); }
  /// With at most `decimals` places, never in exponent notation; null if it is not finite.
  JsonWriter& value(double number, int decimals);
  JsonWriter& null();

  /// Shorthand for key and value.
  template <class... Value>
  JsonWriter& member(std::string_view name, const Value&... of) {
    return key(name).value(of...);
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void append_text(std::string_view text);

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace hearth::adapters::http
