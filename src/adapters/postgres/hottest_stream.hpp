#pragma once

#include <memory>

#include "adapters/postgres/connection_pool.hpp"
#include "application/ports/flag_repository.hpp"

namespace hearth::adapters::postgres {

/// FlagRepository::stream_hottest by one statement on one connection of `pool`, on the thread of
/// its executor; `sink` is asked on `caller`. Where a dead connection shows that nothing has come
/// yet, it is tried once more on a new one. A sink that wants no more costs the connection: to read
/// a large rest to its end, or to have it cancelled, would take longer than to log in again.
[[nodiscard]] application::Task<domain::Result<void>> stream_hottest(
    std::shared_ptr<ConnectionPool> pool, application::Executor caller,
    domain::Environment environment, application::HeatQuery query, application::FlagSink& sink,
    application::Deadline deadline);

}  // namespace hearth::adapters::postgres
