#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/resp.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::redis {

/// What a connection for commands says first: AUTH and SELECT as the endpoint wants them, then the
/// scripts, then what `server_facts` reads.
[[nodiscard]] Commands commands_handshake(const Endpoint& endpoint,
                                          const std::vector<std::string>& scripts);

/// What a subscription says first: AUTH and SELECT, then SUBSCRIBE for each channel.
[[nodiscard]] Commands subscription_handshake(const Endpoint& endpoint,
                                              const std::vector<std::string>& channels);

/// Why the server does not want this connection, if it does not. Holds no password.
[[nodiscard]] std::optional<domain::Error> refusal(const Endpoint& endpoint,
                                                   const std::vector<Reply>& replies);

/// Who answered, and when.
struct ServerFacts {
  std::string run_id;  ///< empty: it does not say
  std::optional<std::int64_t> time_ms;
};

/// Of the replies to `commands_handshake`.
[[nodiscard]] ServerFacts server_facts(const std::vector<Reply>& replies);

}  // namespace hearth::adapters::redis
