#include "adapters/redis/key_names.hpp"

#include "application/text_cursor.hpp"

namespace hearth::adapters::redis {

void append_redis_key(std::string& out, const domain::Environment& environment,
                      domain::FlagKeyView key) {
  constexpr std::size_t most_beside_names = 16;
  const auto most = most_beside_names + environment.text().size() + key.text().size();
  application::append_written(out, most, [&](application::TextCursor& cursor) {
    cursor.literal("feature_flags:").text(environment.text()).literal(":").text(key.text());
  });
}

std::string redis_key(const domain::Environment& environment, domain::FlagKeyView key) {
  std::string name;
  append_redis_key(name, environment, key);
  return name;
}

std::string fleet_key(const domain::Environment& environment, std::string_view name) {
  std::string key = "feature_flags_fleet:";
  key.append(environment.text()).append(":").append(name);
  return key;
}

std::string changes_channel(const domain::Environment& environment) {
  return "feature_flags:" + environment.text() + ":changes";
}

}  // namespace hearth::adapters::redis
