#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "adapters/redis/resp.hpp"
#include "application/ports/cache_adapter.hpp"

namespace hearth::adapters::redis {

/// The script through which every value enters Redis (docs/coherence/README.md, rules 2 to 4). It
/// compares versions by the fixed-width digits at the front of a value, without decoding anything.
///
/// KEYS: the epoch's key, then up to max_fenced_keys keys on the same server. ARGV: the writer's
/// snapshot time in ms, the greatest age allowed in ms and the epoch that the writer saw (empty:
/// none), then TTL in ms and value (as flag_codec encodes it) for each key. Answers one integer a
/// key: 0 written, 1 unchanged (TTL starts anew), 2 newer present, 3 snapshot too old or from
/// another epoch.
[[nodiscard]] std::string_view fenced_set_script();

/// The script's SHA-1 in hexadecimal, as EVALSHA wants it.
[[nodiscard]] const std::string& fenced_set_sha1();

/// How many keys go into one script call: about a millisecond of the server's time.
inline constexpr std::size_t max_fenced_keys = 200;

/// One key of a call. `value` begins with its version, as flag_codec encodes it.
struct FencedValue {
  std::string key;
  std::chrono::milliseconds ttl{};
  std::string value;
};

/// How a call names the script: by its digest, which costs a server nothing that has it loaded, or
/// with its text, which works on any.
enum class ScriptCall { by_digest, with_text };

/// Appends one call for `values` (1 to max_fenced_keys of them) to `commands`.
void append_fenced_set(Commands& commands, ScriptCall call, std::string_view epoch_key,
                       std::span<const FencedValue> values,
                       const application::CacheSnapshot& snapshot);

/// The outcome that the script's integer stands for; `failed` for any other.
[[nodiscard]] application::WriteOutcome outcome_of(const Reply& reply);

}  // namespace hearth::adapters::redis
