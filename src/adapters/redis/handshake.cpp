#include "adapters/redis/handshake.hpp"

namespace hearth::adapters::redis {
namespace {

using domain::Error;
using domain::ErrorCode;

Commands login(const Endpoint& endpoint) {
  Commands commands;
  if (!endpoint.password.empty()) {
    if (endpoint.user.empty()) {
      commands.add({"AUTH", endpoint.password});
    } else {
      commands.add({"AUTH", endpoint.user, endpoint.password});
    }
  }
  if (endpoint.database != 0) commands.add({"SELECT", std::to_string(endpoint.database)});
  return commands;
}

/// The run id in the text of INFO server.
std::string parse_run_id(const Reply& reply) {
  constexpr std::string_view field = "run_id:";
  const auto begin = reply.text.find(field);
  if (begin == std::string::npos) return {};
  const auto end = reply.text.find_first_not_of("0123456789abcdef", begin + field.size());
  return reply.text.substr(begin + field.size(), end - begin - field.size());
}

}  // namespace

Commands commands_handshake(const Endpoint& endpoint, const std::vector<std::string>& scripts) {
  auto commands = login(endpoint);
  for (const auto& script : scripts) commands.add({"SCRIPT", "LOAD", script});
  commands.add({"INFO", "server"});
  commands.add({"TIME"});
  return commands;
}

Commands subscription_handshake(const Endpoint& endpoint,
                                const std::vector<std::string>& channels) {
  auto commands = login(endpoint);
  for (const auto& channel : channels) commands.add({"SUBSCRIBE", channel});
  return commands;
}

std::optional<Error> refusal(const Endpoint& endpoint, const std::vector<Reply>& replies) {
  for (const auto& reply : replies) {
    if (reply.type != Reply::Type::error) continue;
    // Some servers repeat the command they refuse, and this one may hold the password.
    const auto shown =
        endpoint.password.empty() ? reply.text : reply.text.substr(0, reply.text.find(' '));
    return Error{ErrorCode::unavailable,
                 "Redis at " + endpoint.shown() + " refuses hearth: " + shown};
  }
  return std::nullopt;
}

ServerFacts server_facts(const std::vector<Reply>& replies) {
  constexpr std::size_t asked = 2;
  if (replies.size() < asked) return {};
  return {parse_run_id(replies[replies.size() - 2]), time_ms(replies.back())};
}

}  // namespace hearth::adapters::redis
