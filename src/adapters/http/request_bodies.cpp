#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <initializer_list>

#include "adapters/http/bodies.hpp"
#include "application/warm_request.hpp"

namespace hearth::adapters::http {
namespace {

namespace json = boost::json;
using domain::ErrorCode;
using domain::fail;
using domain::FlagKey;
using domain::Result;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

Result<json::value> parse_json(std::string_view text) {
  json::error_code failure;
  auto parsed = json::parse({text.data(), text.size()}, failure);
  if (failure) return fail(ErrorCode::validation, "This is not valid JSON: " + failure.message());
  return parsed;
}

/// The value as an object that has no members but those named.
Result<json::object> as_object(json::value value, std::initializer_list<std::string_view> allowed) {
  if (!value.is_object()) return fail(ErrorCode::validation, "This is no JSON object");
  for (const auto& member : value.get_object()) {
    if (std::ranges::find(allowed, view(member.key())) != allowed.end()) continue;
    std::string known;
    for (const auto name : allowed) known += (known.empty() ? "" : ", ") + std::string(name);
    return fail(ErrorCode::validation, "Unknown member '" + std::string(view(member.key())) +
                                           "'; the members are " + known);
  }
  return std::move(value.get_object());
}

Result<json::object> parse_object(std::string_view body,
                                  std::initializer_list<std::string_view> allowed) {
  auto parsed = parse_json(body);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return as_object(std::move(*parsed), allowed);
}

Result<std::optional<bool>> bool_member(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr) return std::optional<bool>{};
  if (const auto* value = member->if_bool()) return *value;
  return fail(ErrorCode::validation, std::string(name) + " is true or false");
}

Result<std::optional<int>> percentage_member(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr) return std::optional<int>{};
  const auto* value = member->if_int64();
  if (value == nullptr) {
    return fail(ErrorCode::validation, std::string(name) + " is a whole number from 0 to 100");
  }
  if (auto valid = domain::validate_rollout_percentage(*value); !valid) {
    return std::unexpected(std::move(valid.error()));
  }
  return static_cast<int>(*value);
}

Result<std::optional<std::string>> text_member(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr) return std::optional<std::string>{};
  if (const auto* value = member->if_string()) {
    return std::string(view(*value));
  }
  return fail(ErrorCode::validation, std::string(name) + " is a text");
}

Result<domain::FlagPatch> patch_members(const json::object& object) {
  auto enabled = bool_member(object, "enabled");
  if (!enabled) return std::unexpected(std::move(enabled.error()));
  auto percentage = percentage_member(object, "rolloutPercentage");
  if (!percentage) return std::unexpected(std::move(percentage.error()));
  auto description = text_member(object, "description");
  if (!description) return std::unexpected(std::move(description.error()));
  return domain::FlagPatch{*enabled, *percentage, std::move(*description)};
}

Result<domain::FlagDraft> draft_from(json::value value) {
  const auto object =
      as_object(std::move(value), {"key", "enabled", "rolloutPercentage", "description"});
  if (!object) return std::unexpected(object.error());
  auto name = text_member(*object, "key");
  if (!name) return std::unexpected(std::move(name.error()));
  if (!*name) return fail(ErrorCode::validation, "The member 'key' is missing");
  auto key = FlagKey::parse(**name);
  if (!key) return std::unexpected(std::move(key.error()));
  auto rest = patch_members(*object);
  if (!rest) return std::unexpected(std::move(rest.error()));
  constexpr int everybody = 100;
  return domain::FlagDraft{std::move(*key), rest->enabled.value_or(false),
                           rest->rollout_percentage.value_or(everybody),
                           rest->description.value_or("")};
}

}  // namespace

Result<domain::FlagPatch> parse_patch(std::string_view body) {
  const auto object = parse_object(body, {"enabled", "rolloutPercentage", "description"});
  if (!object) return std::unexpected(object.error());
  return patch_members(*object);
}

Result<domain::FlagDraft> parse_draft(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return draft_from(std::move(*parsed));
}

Result<std::vector<domain::FlagDraft>> parse_drafts(std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (!parsed->is_array()) return fail(ErrorCode::validation, "This is no JSON array of flags");
  std::vector<domain::FlagDraft> drafts;
  for (auto& element : parsed->get_array()) {
    auto draft = draft_from(std::move(element));
    if (!draft) {
      return fail(ErrorCode::validation,
                  "Flag " + std::to_string(drafts.size() + 1) + ": " + draft.error().message);
    }
    drafts.push_back(std::move(*draft));
  }
  return drafts;
}

Result<std::optional<std::vector<FlagKey>>> parse_warm_request(std::string_view body) {
  using Keys = std::optional<std::vector<FlagKey>>;
  if (body.empty()) return Keys{};
  const auto object = parse_object(body, {"flagKeys"});
  if (!object) return std::unexpected(object.error());
  const auto* member = object->if_contains("flagKeys");
  if (member == nullptr) return Keys{};
  if (!member->is_array()) return fail(ErrorCode::validation, "flagKeys is an array of flag keys");
  std::vector<std::string_view> names;
  for (const auto& name : member->get_array()) {
    if (!name.is_string()) return fail(ErrorCode::validation, "flagKeys holds what is no text");
    names.push_back(view(name.get_string()));
  }
  auto keys = application::parse_warm_keys(names);
  if (!keys) return std::unexpected(std::move(keys.error()));
  return Keys{std::move(*keys)};
}

}  // namespace hearth::adapters::http
