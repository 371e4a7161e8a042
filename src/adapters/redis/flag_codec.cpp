#include "adapters/redis/flag_codec.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "application/bytes_at_once.hpp"
#include "application/json_text.hpp"

namespace hearth::adapters::redis {
namespace {

namespace json = boost::json;
using application::CacheLookup;
using application::CacheMiss;
using application::CacheRead;
using application::EightBytes;
using domain::Flag;
using domain::FlagKey;
using domain::Timestamp;
using domain::Tombstone;

void append_number(std::string& out, std::int64_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

/// 16 hexadecimal digits, whose byte order is the order of the versions.
void append_version(std::string& out, domain::Version version) {
  constexpr std::string_view digits = "0123456789abcdef";
  char text[16];
  for (auto position = std::rbegin(text); position != std::rend(text); ++position, version >>= 4) {
    *position = digits[version & 15];
  }
  out.append(text, sizeof text);
}

std::optional<domain::Version> parse_version(const json::object& object) {
  const auto* member = object.if_contains("v");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  constexpr json::string_view digits = "0123456789abcdef";
  if (text == nullptr || text->size() != digits.size()) return std::nullopt;
  if (text->find_first_not_of(digits) != json::string::npos) return std::nullopt;
  domain::Version version = 0;
  std::from_chars(text->begin(), text->end(), version, 16);
  return version;
}

std::optional<std::int64_t> integer_member(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains({name.data(), name.size()});
  const auto* number = member == nullptr ? nullptr : member->if_int64();
  if (number == nullptr) return std::nullopt;
  return *number;
}

Timestamp timestamp(std::int64_t milliseconds) {
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

std::optional<Flag> decode_flag(domain::FlagKeyView key, domain::Version version,
                                const json::object& object) {
  const auto* name = object.if_contains("key");
  const auto* enabled = object.if_contains("enabled");
  const auto* description = object.if_contains("description");
  const auto rollout = integer_member(object, "rolloutPercentage");
  const auto created_at = integer_member(object, "createdAt");
  const auto updated_at = integer_member(object, "updatedAt");
  if (name == nullptr || !name->is_string() || name->get_string() != key.text() ||
      enabled == nullptr || !enabled->is_bool() || description == nullptr ||
      !description->is_string() || !rollout || !domain::validate_rollout_percentage(*rollout) ||
      !created_at || !updated_at) {
    return std::nullopt;
  }
  const auto& text = description->get_string();
  return Flag{FlagKey(key),
              enabled->get_bool(),
              static_cast<int>(*rollout),
              std::string(text.data(), text.size()),
              version,
              timestamp(*created_at),
              timestamp(*updated_at)};
}

/// Takes `front` off `text`, if it begins so.
bool take(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

/// The same of a literal, whose length the compiler knows: it compares without a call.
template <std::size_t size>
bool take(std::string_view& text, const char (&front)[size]) {
  constexpr auto length = size - 1;
  if (text.size() < length || !std::equal(front, front + length, text.begin())) return false;
  text.remove_prefix(length);
  return true;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes off an integer that is not negative, as JSON spells it.
std::optional<std::int64_t> take_integer(std::string_view& text) {
  constexpr std::size_t most_digits = 18;  // none of them too many for the type
  const auto* const begin = text.data();
  const auto* const end = begin + std::min(text.size(), most_digits);
  const auto* at = begin;
  std::int64_t number = 0;
  for (; at != end && is_digit(*at); ++at) number = 10 * number + (*at - '0');
  const auto length = static_cast<std::size_t>(at - begin);
  if (length == 0 || (length > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

/// The same of a time, which has thirteen digits from 2001 to 2286: the first eight and the last
/// eight of them.
std::optional<Timestamp> take_time(std::string_view& text) {
  constexpr std::size_t digits = 13;
  constexpr std::size_t others = digits - EightBytes::size;
  constexpr std::uint32_t beyond_first = 100'000;
  if (text.size() > digits && text[0] != '0' && !is_digit(text[digits])) {
    const auto first = EightBytes(text).decimal_number();
    const auto last = EightBytes(text.substr(others)).decimal_number();
    if (first && last) {
      text.remove_prefix(digits);
      return timestamp(std::int64_t{*first} * beyond_first + *last % beyond_first);
    }
  }
  const auto number = take_integer(text);
  if (!number) return std::nullopt;
  return timestamp(*number);
}

/// Takes off the version's digits.
std::optional<domain::Version> take_version(std::string_view& text) {
  constexpr auto half = EightBytes::size;
  if (text.size() < 2 * half) return std::nullopt;
  const auto high = EightBytes(text).hexadecimal_number();
  const auto low = EightBytes(text.substr(half)).hexadecimal_number();
  if (!high || !low) return std::nullopt;
  text.remove_prefix(2 * half);
  return domain::Version{*high} << 32 | *low;
}

/// Takes off what stands before the closing quote of a text without escapes, in ASCII: all else is
/// for the parser of JSON, which looks at UTF-8 as well.
std::optional<std::string_view> take_plain_text(std::string_view& text) {
  const auto plain = text.substr(0, application::plain_ascii_length(text));
  text.remove_prefix(plain.size());
  if (!take(text, "\"")) return std::nullopt;
  return plain;
}

/// A flag as a view into its value, and when that value expires.
struct StoredFlag {
  domain::FlagView flag;
  Timestamp expires_at;
};

/// The flag in `value`, if that is byte for byte as `append_encoded` writes it and has nothing to
/// decode, which is nearly always. Nothing is refused: what is not recognised is for the parser
/// of JSON, which takes all that is recognised alike.
std::optional<StoredFlag> recognise_flag(domain::FlagKeyView key, std::string_view value) {
  if (!take(value, R"({"v":")")) return std::nullopt;
  const auto version = take_version(value);
  if (!version || !take(value, R"(","key":")") || !take(value, key.text()) ||
      !take(value, R"(","enabled":)")) {
    return std::nullopt;
  }
  const bool enabled = take(value, "true");
  if (!enabled && !take(value, "false")) return std::nullopt;
  if (!take(value, R"(,"rolloutPercentage":)")) return std::nullopt;
  const auto rollout = take_integer(value);
  if (!rollout || *rollout > 100 || !take(value, R"(,"description":")")) return std::nullopt;
  const auto description = take_plain_text(value);
  if (!description || !take(value, R"(,"createdAt":)")) return std::nullopt;
  const auto created_at = take_time(value);
  if (!created_at || !take(value, R"(,"updatedAt":)")) return std::nullopt;
  const auto updated_at = take_time(value);
  if (!updated_at || !take(value, R"(,"expiresAt":)")) return std::nullopt;
  const auto expires_at = take_time(value);
  if (!expires_at || value != "}") return std::nullopt;
  StoredFlag stored{domain::FlagView(key), *expires_at};
  stored.flag.enabled = enabled;
  stored.flag.rollout_percentage = static_cast<int>(*rollout);
  stored.flag.description = *description;
  stored.flag.version = *version;
  stored.flag.created_at = *created_at;
  stored.flag.updated_at = *updated_at;
  return stored;
}

/// What `value` says of `key`, whoever wrote it.
CacheLookup parse(domain::FlagKeyView key, std::string_view value) {
  unsigned char arena[4096];
  json::monotonic_resource memory(arena, sizeof arena);
  json::error_code failure;
  const auto parsed = json::parse({value.data(), value.size()}, failure, &memory);
  if (failure || !parsed.is_object()) return CacheMiss{};
  const auto& object = parsed.get_object();
  const auto version = parse_version(object);
  if (!version) return CacheMiss{};
  if (integer_member(object, "t") == 1) return Tombstone{FlagKey(key), *version};
  auto flag = decode_flag(key, *version, object);
  if (!flag) return CacheMiss{};
  return std::move(*flag);
}

}  // namespace

std::string encode(const domain::FlagState& state, Timestamp expires_at) {
  std::string out;
  append_encoded(out, state, expires_at);
  return out;
}

void append_encoded(std::string& out, const domain::FlagState& state, Timestamp expires_at) {
  out.append(R"({"v":")");
  append_version(out, domain::version_of(state));
  out += '"';
  if (const auto* flag = std::get_if<Flag>(&state)) {
    out.append(R"(,"key":)");
    application::append_json_text(out, flag->key.text());
    out.append(flag->enabled ? R"(,"enabled":true)" : R"(,"enabled":false)");
    out.append(R"(,"rolloutPercentage":)");
    append_number(out, flag->rollout_percentage);
    out.append(R"(,"description":)");
    application::append_json_text(out, flag->description);
    out.append(R"(,"createdAt":)");
    append_number(out, flag->created_at.time_since_epoch().count());
    out.append(R"(,"updatedAt":)");
    append_number(out, flag->updated_at.time_since_epoch().count());
  } else {
    out.append(R"(,"t":1)");
  }
  out.append(R"(,"expiresAt":)");
  append_number(out, expires_at.time_since_epoch().count());
  out.append("}");
}

std::optional<Timestamp> expiry_of(std::string_view value) {
  constexpr std::string_view member = R"(,"expiresAt":)";
  const auto place = value.rfind(member);
  if (place == std::string_view::npos) return std::nullopt;
  const auto* begin = value.data() + place + member.size();
  std::int64_t milliseconds = 0;
  const auto [end, failure] = std::from_chars(begin, value.data() + value.size(), milliseconds);
  if (failure != std::errc{} || end == begin) return std::nullopt;
  return timestamp(milliseconds);
}

CacheLookup decode(domain::FlagKeyView key, std::string_view value) {
  if (const auto stored = recognise_flag(key, value)) return domain::copy_of(stored->flag);
  return parse(key, value);
}

CacheRead decode_read(domain::FlagKeyView key, std::string_view value, Timestamp now) {
  if (const auto stored = recognise_flag(key, value)) {
    return {stored->flag, stored->expires_at - now};
  }
  const auto expires_at = expiry_of(value);
  return {parse(key, value), expires_at ? *expires_at - now : std::chrono::milliseconds(0)};
}

}  // namespace hearth::adapters::redis
