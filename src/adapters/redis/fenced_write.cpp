#include "adapters/redis/fenced_write.hpp"

#include <algorithm>
#include <utility>

#include "adapters/redis/flag_codec.hpp"
#include "adapters/redis/key_names.hpp"

namespace hearth::adapters::redis {
namespace {

using application::WriteOutcome;
using domain::ErrorCode;

constexpr std::size_t usual_bytes_per_key = 512;

}  // namespace

FencedWrite::FencedWrite(domain::Environment environment,
                         std::vector<application::CacheEntry> entries,
                         application::CacheSnapshot snapshot)
    : environment_(std::move(environment)),
      entries_(std::move(entries)),
      snapshot_(std::move(snapshot)) {
  report_.outcomes.assign(entries_.size(), WriteOutcome::failed);
}

void FencedWrite::refuse() { report_.outcomes.assign(entries_.size(), WriteOutcome::too_old); }

Commands FencedWrite::calls(std::size_t begin, std::size_t end, ScriptCall call,
                            domain::Timestamp now) const {
  const auto epoch_key = fleet_key(environment_, "epoch");
  Commands commands;
  commands.reserve((end - begin) * usual_bytes_per_key);
  // One set of strings for all groups: most values are equally long.
  std::vector<FencedValue> values(std::min(end - begin, max_fenced_keys));
  for (auto i = begin; i < end; i += max_fenced_keys) {
    const auto group = std::span(values).first(std::min(end - i, max_fenced_keys));
    for (std::size_t k = 0; k < group.size(); ++k) {
      const auto& [state, ttl] = entries_[i + k];
      group[k].key.clear();
      append_redis_key(group[k].key, environment_, domain::key_of(state));
      group[k].ttl = ttl;
      group[k].value.clear();
      append_encoded(group[k].value, state, now + ttl);
    }
    append_fenced_set(commands, call, epoch_key, group, snapshot_);
  }
  return commands;
}

bool FencedWrite::take_in(std::size_t begin, std::size_t end, std::span<const Reply> replies) {
  bool known = true;
  auto position = begin;
  for (const auto& reply : replies) {
    const auto group = std::min(max_fenced_keys, end - position);
    if (reply.type == Reply::Type::array && reply.elements.size() == group) {
      std::ranges::transform(reply.elements,
                             report_.outcomes.begin() + static_cast<std::ptrdiff_t>(position),
                             outcome_of);
    } else if (reply.type == Reply::Type::error && reply.text.starts_with("NOSCRIPT")) {
      known = false;
    } else {
      fail({ErrorCode::unavailable, "Redis refuses the write: " + reply.text});
    }
    position += group;
  }
  return known;
}

}  // namespace hearth::adapters::redis
