#include "adapters/redis/key_names.hpp"

namespace hearth::adapters::redis {

void append_redis_key(std::string& out, const domain::Environment& environment,
                      const domain::FlagKey& key) {
  out.append("feature_flags:").append(environment.text()).append(":").append(key.text());
}

std::string redis_key(const domain::Environment& environment, const domain::FlagKey& key) {
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
