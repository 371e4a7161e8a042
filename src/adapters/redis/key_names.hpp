#pragma once

#include <string>
#include <string_view>

#include "domain/names.hpp"

namespace hearth::adapters::redis {

/// `feature_flags:ENVIRONMENT:KEY`, where the flag's value is.
[[nodiscard]] std::string redis_key(const domain::Environment& environment,
                                    domain::FlagKeyView key);

/// The same, appended to `out`.
void append_redis_key(std::string& out, const domain::Environment& environment,
                      domain::FlagKeyView key);

/// `feature_flags_fleet:ENVIRONMENT:NAME`: what the processes of a fleet share besides values,
/// apart from them, because a flag may have any of these names. `epoch` is a hash of the epoch
/// (field `epoch`) and the members (`member:ID` = end of the lease in ms of Redis's time): one key,
/// so that nothing can take away the members and leave the epoch that vouches for them.
[[nodiscard]] std::string fleet_key(const domain::Environment& environment, std::string_view name);

/// `feature_flags:ENVIRONMENT:changes`: the channel on which changes are published.
[[nodiscard]] std::string changes_channel(const domain::Environment& environment);

}  // namespace hearth::adapters::redis
