#include <unistd.h>

#include "bootstrap/configuration.hpp"

namespace hearth::bootstrap {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The value without its quotes, or without the comment that follows it.
std::string_view plain_value(std::string_view text) {
  for (const char quote : {'"', '\''}) {
    if (text.size() >= 2 && text.front() == quote) {
      const auto end = text.find(quote, 1);
      if (end != std::string_view::npos) return text.substr(1, end - 1);
    }
  }
  return trimmed(text.substr(0, text.find(" #")));
}

}  // namespace

domain::Result<Variables> parse_env_file(std::string_view text) {
  Variables variables;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    constexpr std::string_view exported = "export ";
    if (line.starts_with(exported)) line = trimmed(line.substr(exported.size()));
    const auto equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return domain::fail(domain::ErrorCode::validation,
                          "line " + std::to_string(number) + " is not NAME=VALUE");
    }
    const auto name = trimmed(line.substr(0, equals));
    variables.insert_or_assign(std::string(name),
                               std::string(plain_value(trimmed(line.substr(equals + 1)))));
  }
  return variables;
}

Variables process_environment() {
  Variables variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

}  // namespace hearth::bootstrap
