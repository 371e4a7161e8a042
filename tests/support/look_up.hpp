#pragma once

#include <optional>
#include <variant>

#include "application/ports/cache_adapter.hpp"
#include "application/task.hpp"

namespace hearth::test_support {

/// What `read` found, as one's own.
inline application::CacheLookup own(const application::CacheRead& read) {
  if (const auto flag = read.flag()) return domain::copy_of(*flag);
  return std::get<application::CacheLookup>(read.found);
}

/// What `cache.get` finds, for who looks at it later than a read does.
inline application::Task<domain::Result<application::CacheLookup>> look_up(
    application::CacheAdapter& cache, domain::Environment environment, domain::FlagKey key,
    application::Deadline deadline) {
  const auto read = co_await cache.get(environment, key, deadline);
  if (!read) co_return std::unexpected(read.error());
  co_return own(*read);
}

}  // namespace hearth::test_support
