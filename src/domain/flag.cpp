#include "domain/flag.hpp"

#include "domain/utf8.hpp"

namespace hearth::domain {

Flag copy_of(const FlagView& view) {
  return {
      FlagKey(view.key), view.enabled,    view.rollout_percentage, std::string(view.description),
      view.version,      view.created_at, view.updated_at};
}

const FlagKey& key_of(const FlagState& state) noexcept {
  if (const auto* flag = std::get_if<Flag>(&state)) return flag->key;
  return std::get_if<Tombstone>(&state)->key;
}

Version version_of(const FlagState& state) noexcept {
  if (const auto* flag = std::get_if<Flag>(&state)) return flag->version;
  return std::get_if<Tombstone>(&state)->version;
}

Result<void> validate_rollout_percentage(std::int64_t percentage) {
  if (percentage >= 0 && percentage <= 100) return {};
  return fail(ErrorCode::validation, "rolloutPercentage is a whole number from 0 to 100; this is " +
                                         std::to_string(percentage));
}

Result<void> validate_description(std::string_view description) {
  const auto characters = utf8_length(description);
  if (!characters) {
    return fail(ErrorCode::validation, "description is not valid UTF-8");
  }
  if (description.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::validation, "description holds a NUL character; leave it out");
  }
  if (*characters > max_description_characters) {
    return fail(ErrorCode::validation,
                "description has at most " + std::to_string(max_description_characters) +
                    " characters; this one has " + std::to_string(*characters));
  }
  return {};
}

Result<void> validate(const FlagDraft& draft) {
  if (auto percentage = validate_rollout_percentage(draft.rollout_percentage); !percentage) {
    return percentage;
  }
  return validate_description(draft.description);
}

Result<void> validate(const FlagPatch& patch) {
  if (patch.empty()) {
    return fail(ErrorCode::validation,
                "Nothing to change: name at least one of enabled, rolloutPercentage, description");
  }
  if (patch.rollout_percentage) {
    auto percentage = validate_rollout_percentage(*patch.rollout_percentage);
    if (!percentage) return percentage;
  }
  if (patch.description) return validate_description(*patch.description);
  return {};
}

}  // namespace hearth::domain
