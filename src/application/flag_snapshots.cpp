#include "application/flag_snapshots.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "domain/sha256.hpp"

namespace hearth::application {

using domain::Environment;
using domain::Flag;

AllFlags snapshot_of(std::vector<Flag> flags) {
  std::string identity;
  for (const auto& flag : flags) {
    identity.append(flag.key.text()).append(" ").append(std::to_string(flag.version)).append("\n");
  }
  auto snapshot = std::make_shared<FlagSnapshot>();
  snapshot->flags = std::move(flags);
  const auto digest = domain::sha256(identity);
  for (std::size_t i = 0; i < sizeof snapshot->fingerprint; ++i) {
    snapshot->fingerprint = snapshot->fingerprint << 8 | digest[i];
  }
  return snapshot;
}

FlagSnapshots::Copy* FlagSnapshots::look_up(const Environment& environment) {
  const auto found = std::ranges::find(copies_, environment, &Copy::environment);
  if (found == copies_.end()) return nullptr;
  copies_.splice(copies_.begin(), copies_, found);
  return &copies_.front();
}

AllFlags FlagSnapshots::find(const Environment& environment, Time now) {
  // The lease first, as NearCache does.
  const auto& lease = view_.lease(environment);
  if (!lease.trusts_near(now)) return nullptr;
  const auto* copy = look_up(environment);
  if (copy == nullptr || copy->expires <= now) return nullptr;
  return copy->stamp == lease.stamp_of_all() ? copy->flags : nullptr;
}

AllFlags FlagSnapshots::last_known(const Environment& environment) {
  const auto* copy = look_up(environment);
  return copy == nullptr ? nullptr : copy->flags;
}

void FlagSnapshots::put(const Environment& environment, AllFlags flags, CopyStamp stamp, Time now) {
  if (settings_.ttl.count() == 0) return;
  Copy copy{environment, std::move(flags), stamp, now + settings_.ttl};
  if (auto* present = look_up(environment)) {
    *present = std::move(copy);
    return;
  }
  if (copies_.size() >= settings_.most_environments) copies_.pop_back();
  copies_.push_front(std::move(copy));
}

}  // namespace hearth::application
