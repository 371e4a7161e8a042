#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/hearth_process.hpp"

namespace hearth::functional {

/// A fenced block of a Markdown file that is marked `sh`.
struct DocumentCommand {
  std::string section;   ///< the nearest heading above, without its `#`
  std::size_t line = 0;  ///< of the block's first line, from 1
  std::string script;
};

/// A Markdown file as far as its commands go.
struct CommandDocument {
  std::vector<std::string> sections;  ///< the headings of the second level (`##`), in order
  std::vector<DocumentCommand> commands;
};

/// Finds the commands. Throws std::runtime_error if a block is never closed.
[[nodiscard]] CommandDocument parse_commands(std::string_view markdown);

/// Runs a block as a reader would who pastes it into a shell: a failing part of a pipe fails the
/// block, and so does an unset variable. `environment` is added to the test's own; the folder of
/// the binary under test comes first in PATH. Throws std::runtime_error if bash cannot be run.
/// Nothing: the block did not end within 30 s.
[[nodiscard]] std::optional<test_support::CommandResult> run_command(
    const DocumentCommand& command, const test_support::Environment& environment);

/// What is wrong with the outcome; empty if it ended with 0 and printed something.
[[nodiscard]] std::string fault_of(const std::optional<test_support::CommandResult>& result);

}  // namespace hearth::functional
