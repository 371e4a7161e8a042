#include "adapters/http/plain_request.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "application/bytes_at_once.hpp"

namespace hearth::adapters::http {
namespace {

enum Use : std::uint8_t { in_target = 1, in_name = 2, in_value = 4 };

/// Where a byte may stand: `VCHAR` in a target, `tchar` in a header's name, `VCHAR`, space and tab
/// in its value (RFC 9110, section 5; RFC 9112, section 3).
constexpr std::array<std::uint8_t, 256> make_uses() {
  std::array<std::uint8_t, 256> uses{};
  for (std::size_t c = 0x21; c < 0x7f; ++c) uses[c] = in_target | in_value;
  uses[' '] = uses['\t'] = in_value;
  constexpr std::string_view name_characters =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (const char c : name_characters) uses[static_cast<unsigned char>(c)] |= in_name;
  return uses;
}

constexpr auto uses = make_uses();

/// The first byte from `at` on that may not stand there.
std::size_t skip(std::string_view bytes, std::size_t at, Use use) {
  constexpr auto step = application::EightBytes::size;
  while (at < bytes.size() && (uses[static_cast<unsigned char>(bytes[at])] & use) != 0) {
    ++at;
    // A name is short, and all others take what is visible.
    for (auto taken = use == in_name ? 0 : step; taken == step && bytes.size() - at >= step;) {
      taken = application::EightBytes({bytes.data() + at, step}).visible_length();
      at += taken;
    }
  }
  return at;
}

/// Of a literal, whose length the compiler knows: it compares without a call. `at` is not behind
/// the end.
template <std::size_t size>
bool continues_with(std::string_view bytes, std::size_t at, const char (&text)[size]) {
  constexpr auto length = size - 1;
  return bytes.size() - at >= length && std::memcmp(bytes.data() + at, text, length) == 0;
}

/// `lower` is in lower case.
bool is_named(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char c, char known) {
    return (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) == known;
  });
}

enum class Role { host, connection, ends_plainness, none };

/// What a header does to its request: most do nothing.
Role role_of(std::string_view name) {
  switch (name.size()) {
    case 4: return is_named(name, "host") ? Role::host : Role::none;
    case 6: return is_named(name, "expect") ? Role::ends_plainness : Role::none;
    case 7: return is_named(name, "upgrade") ? Role::ends_plainness : Role::none;
    case 10: return is_named(name, "connection") ? Role::connection : Role::none;
    case 14: return is_named(name, "content-length") ? Role::ends_plainness : Role::none;
    case 16: return is_named(name, "proxy-connection") ? Role::ends_plainness : Role::none;
    case 17: return is_named(name, "transfer-encoding") ? Role::ends_plainness : Role::none;
    default: return Role::none;
  }
}

bool keeps_open(std::string_view connection) {
  while (connection.starts_with(' ')) connection.remove_prefix(1);
  return is_named(connection, "keep-alive");
}

}  // namespace

std::optional<PlainRequest> recognise_plain_request(std::string_view bytes) noexcept {
  static constexpr char version[] = " HTTP/1.1\r\n";
  static constexpr char line_end[] = "\r\n";
  constexpr std::string_view method = "GET ";
  if (!continues_with(bytes, 0, "GET /")) return std::nullopt;
  auto at = skip(bytes, method.size(), in_target);
  const auto target = bytes.substr(method.size(), at - method.size());
  if (!continues_with(bytes, at, version)) return std::nullopt;
  at += sizeof version - 1;
  bool has_host = false;
  while (!continues_with(bytes, at, line_end)) {
    const auto name_end = skip(bytes, at, in_name);
    if (name_end == at || !continues_with(bytes, name_end, ":")) return std::nullopt;
    const auto value_end = skip(bytes, name_end + 1, in_value);
    if (!continues_with(bytes, value_end, line_end)) return std::nullopt;
    const auto name = bytes.substr(at, name_end - at);
    const auto value = bytes.substr(name_end + 1, value_end - name_end - 1);
    const auto role = role_of(name);
    if (role == Role::ends_plainness) return std::nullopt;
    if (role == Role::connection && !keeps_open(value)) return std::nullopt;
    if (role == Role::host && has_host) return std::nullopt;
    has_host = has_host || role == Role::host;
    at = value_end + sizeof line_end - 1;
  }
  if (!has_host) return std::nullopt;
  return PlainRequest{target, at + sizeof line_end - 1};
}

}  // namespace hearth::adapters::http
