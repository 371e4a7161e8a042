#include "application/near_cache.hpp"

#include <utility>

namespace hearth::application {

using domain::Environment;
using domain::FlagKey;
using domain::FlagState;

NearCopy* NearCache::look_up(const Environment& environment, std::string_view key) {
  const NameView name{environment, key};
  if (const auto found = younger_.find(name); found != younger_.end()) return &found->second;
  const auto found = older_.find(name);
  if (found == older_.end()) return nullptr;
  // Still asked for: it joins the younger generation.
  auto node = older_.extract(found);
  make_room();
  return &younger_.insert(std::move(node)).position->second;
}

void NearCache::make_room() {
  if (younger_.size() < settings_.most_entries / 2) return;
  older_ = std::exchange(younger_, {});
}

NearCopy* NearCache::find(const Environment& environment, std::string_view key, Time now) {
  // The lease first: whoever sees it renewed must see the session that it belongs to.
  const auto& lease = view_.lease(environment);
  if (!is_enabled() || !lease.trusts_near(now)) return nullptr;
  auto* copy = look_up(environment, key);
  if (copy == nullptr || copy->expires <= now) return nullptr;
  return copy->stamp == lease.stamp(domain::key_of(copy->state)) ? copy : nullptr;
}

const FlagState* NearCache::last_known(const Environment& environment, const FlagKey& key) {
  const auto* copy = look_up(environment, key.text());
  return copy == nullptr ? nullptr : &copy->state;
}

void NearCache::put(const Environment& environment, FlagState state, CopyStamp stamp, Time now) {
  if (!is_enabled()) return;
  const auto key = domain::key_of(state);
  NearCopy copy{std::move(state), stamp, now + settings_.ttl};
  if (auto* present = look_up(environment, key.text())) {
    *present = std::move(copy);
    return;
  }
  make_room();
  younger_.emplace(Name{environment, key}, std::move(copy));
}

std::vector<FlagKey> NearCache::keys(const Environment& environment, std::size_t most) const {
  std::vector<FlagKey> keys;
  for (const auto* generation : {&younger_, &older_}) {
    for (const auto& [name, copy] : *generation) {
      if (keys.size() == most) return keys;
      if (name.environment == environment) keys.push_back(name.key);
    }
  }
  return keys;
}

}  // namespace hearth::application
