#include "domain/evaluation.hpp"

#include <cstdint>

#include "domain/sha256.hpp"

namespace hearth::domain {

std::string_view name_of(Reason reason) noexcept {
  switch (reason) {
    case Reason::disabled: return "DISABLED";
    case Reason::static_value: return "STATIC";
    case Reason::split: return "SPLIT";
  }
  return "UNKNOWN";
}

std::string_view variant_of(const Evaluation& evaluation) noexcept {
  return evaluation.value ? "on" : "off";
}

int bucket_of(FlagKeyView key, std::string_view user_id) {
  std::string subject;
  subject.reserve(key.text().size() + 1 + user_id.size());
  subject.append(key.text()).append(1, ':').append(user_id);
  const auto digest = sha256(subject);
  const std::uint32_t first_eight_digits = std::uint32_t{digest[0]} << 24 |
                                           std::uint32_t{digest[1]} << 16 |
                                           std::uint32_t{digest[2]} << 8 | digest[3];
  return static_cast<int>(first_eight_digits % 100);
}

Evaluation evaluate(const FlagView& flag, std::optional<std::string_view> user_id) {
  if (!flag.enabled) return {false, Reason::disabled};
  if (flag.rollout_percentage >= 100) return {true, Reason::static_value};
  if (flag.rollout_percentage <= 0) return {false, Reason::static_value};
  if (!user_id) return {flag.enabled, Reason::static_value};
  return {bucket_of(flag.key, *user_id) < flag.rollout_percentage, Reason::split};
}

}  // namespace hearth::domain
