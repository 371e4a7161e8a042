#include "adapters/redis/flag_codec.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace hearth::adapters::redis {
namespace {

namespace json = boost::json;
using application::CacheLookup;
using application::CacheMiss;
using domain::Flag;
using domain::Timestamp;
using domain::Tombstone;

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto is_special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  out += '"';
  while (true) {
    const auto special = std::ranges::find_if(text, is_special);
    out.append(text.begin(), special);
    if (special == text.end()) break;
    const auto c = static_cast<unsigned char>(*special);
    if (c < 0x20) {
      out.append("\\u00").append({digits[c >> 4], digits[c & 15]});
    } else {
      out.append({'\\', *special});
    }
    text.remove_prefix(static_cast<std::size_t>(special - text.begin()) + 1);
  }
  out += '"';
}

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

std::optional<Flag> decode_flag(const domain::FlagKey& key, domain::Version version,
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
  return Flag{key,
              enabled->get_bool(),
              static_cast<int>(*rollout),
              std::string(text.data(), text.size()),
              version,
              timestamp(*created_at),
              timestamp(*updated_at)};
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
    append_json_string(out, flag->key.text());
    out.append(flag->enabled ? R"(,"enabled":true)" : R"(,"enabled":false)");
    out.append(R"(,"rolloutPercentage":)");
    append_number(out, flag->rollout_percentage);
    out.append(R"(,"description":)");
    append_json_string(out, flag->description);
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

CacheLookup decode(const domain::FlagKey& key, std::string_view value) {
  unsigned char arena[4096];
  json::monotonic_resource memory(arena, sizeof arena);
  json::error_code failure;
  const auto parsed = json::parse({value.data(), value.size()}, failure, &memory);
  if (failure || !parsed.is_object()) return CacheMiss{};
  const auto& object = parsed.get_object();
  const auto version = parse_version(object);
  if (!version) return CacheMiss{};
  if (integer_member(object, "t") == 1) return Tombstone{key, *version};
  auto flag = decode_flag(key, *version, object);
  if (!flag) return CacheMiss{};
  return std::move(*flag);
}

}  // namespace hearth::adapters::redis
