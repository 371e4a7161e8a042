#pragma once

#include <cstddef>
#include <string>

namespace hearth::bench {

/// The key of the flag of that number, from 0.
[[nodiscard]] std::string flag_key(std::size_t number);

/// Where Redis holds the value of that flag.
[[nodiscard]] std::string redis_key(std::size_t number);

/// Stores so many flags for production in the (migrated) database, each with a value in Redis of
/// about 300 bytes. Throws std::runtime_error with the server's message.
void store_flags(const std::string& database_url, std::size_t count);

}  // namespace hearth::bench
