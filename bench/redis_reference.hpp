#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hearth::bench {

/// What `redis-benchmark` reaches on the server at 127.0.0.1:`port` with SETEX of `value`, in
/// commands a second: one connection, `pipeline` commands under way, `commands` in all, over
/// `keys` different keys. Blocks. Throws std::runtime_error if it cannot be run or read.
[[nodiscard]] double redis_benchmark_setex(std::uint16_t port, std::size_t commands,
                                           std::size_t pipeline, std::size_t keys,
                                           const std::string& value);

}  // namespace hearth::bench
