#include "adapters/redis/fenced_set.hpp"

#include <openssl/sha.h>

#include <array>

namespace hearth::adapters::redis {
namespace {

using application::WriteOutcome;

constexpr std::string_view script = R"lua(
local time = redis.call('TIME')
local age = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])
local epoch = redis.call('HGET', KEYS[1], 'epoch') or ''
local refused = age > tonumber(ARGV[2]) or epoch ~= ARGV[3]
local outcomes = {}
for i = 1, #KEYS - 1 do
  local outcome = 3
  if not refused then
    local key, ttl, value = KEYS[i + 1], ARGV[2 * i + 2], ARGV[2 * i + 3]
    -- {"v":"0123456789abcdef": heads of that form are in the order of their versions; anything
    -- else is no value of hearth's and gives way.
    -- (Redis would format numbers among the arguments as floating point, which is slow.)
    local head = string.sub(value, 1, 23)
    local present = redis.pcall('GETRANGE', key, '0', '22')
    if present == head then
      outcome = 1
    elseif type(present) == 'string' and present > head and #present == 23 and
        string.find(present, '^{"v":"[0-9a-f]+"$') then
      outcome = 2
    else
      outcome = 0
    end
    if outcome ~= 2 then redis.call('PSETEX', key, ttl, value) end
  end
  outcomes[i] = outcome
end
return outcomes
)lua";

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : digest) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace

std::string_view fenced_set_script() { return script; }

const std::string& fenced_set_sha1() {
  static const std::string sha1 = sha1_hex(script);
  return sha1;
}

void append_fenced_set(Commands& commands, ScriptCall call, std::string_view epoch_key,
                       std::span<const FencedValue> values,
                       const application::CacheSnapshot& snapshot) {
  commands.begin(3 + 1 + values.size() + 3 + 2 * values.size());
  const bool by_digest = call == ScriptCall::by_digest;
  commands.argument(by_digest ? "EVALSHA" : "EVAL");
  commands.argument(by_digest ? std::string_view(fenced_set_sha1()) : script);
  commands.argument(std::to_string(1 + values.size()));
  commands.argument(epoch_key);
  for (const auto& value : values) commands.argument(value.key);
  commands.argument(std::to_string(snapshot.cache_time_ms));
  commands.argument(std::to_string(snapshot.max_age.count()));
  commands.argument(snapshot.epoch);
  for (const auto& value : values) {
    commands.argument(std::to_string(value.ttl.count()));
    commands.argument(value.value);
  }
}

WriteOutcome outcome_of(const Reply& reply) {
  if (reply.type != Reply::Type::integer) return WriteOutcome::failed;
  switch (reply.integer) {
    case 0: return WriteOutcome::written;
    case 1: return WriteOutcome::unchanged;
    case 2: return WriteOutcome::newer_present;
    case 3: return WriteOutcome::too_old;
    default: return WriteOutcome::failed;
  }
}

}  // namespace hearth::adapters::redis
