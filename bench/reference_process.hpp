#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/child_process.hpp"

namespace hearth::bench {

/// Starts a reference server and waits until it answers `target` on 127.0.0.1:`port` with 200.
/// Its output goes to `log`. Throws std::runtime_error, with that log, if it has not answered
/// within thirty seconds.
[[nodiscard]] test_support::ChildProcess start_reference(std::vector<std::string> command,
                                                         std::uint16_t port,
                                                         const std::string& target,
                                                         const std::filesystem::path& log);

}  // namespace hearth::bench
