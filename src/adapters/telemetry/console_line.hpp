#pragma once

#include <chrono>
#include <string_view>

namespace hearth::adapters::telemetry {

/// Writes one line, and a line end, to a descriptor of the console (standard output), in one write
/// where the descriptor takes it. Holds the lock of the log's own writer meanwhile, so that even
/// where both are the same pipe, as they are on Lambda, neither line breaks into the other.
///
/// False if `limit` passed before the line was out: somebody has stopped reading. Nothing was
/// written then, unless the descriptor took a part only (a pipe takes 4,096 bytes or nothing).
/// Threading: any thread.
[[nodiscard]] bool write_console_line(int descriptor, std::string_view line,
                                      std::chrono::milliseconds limit);

}  // namespace hearth::adapters::telemetry
