#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bootstrap/configuration.hpp"
#include "bootstrap/instance.hpp"
#include "domain/error.hpp"

namespace hearth::cli {

// Exit codes of every subcommand.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;  ///< it could not be done
inline constexpr int exit_usage = 2;    ///< what was asked for is wrong

/// What the command line says of the configuration.
struct ConfigurationOptions {
  std::optional<std::string> env_file;
  std::vector<std::string> assignments;  ///< NAME=VALUE of `--set`
};

/// The configuration from the environment, the env file and the command line; `defaults` go before
/// the usual ones.
[[nodiscard]] domain::Result<bootstrap::LoadedConfiguration> load(
    const ConfigurationOptions& options, bootstrap::Variables defaults = {});

/// A hearth without a server, for one command: one thread, quiet log, and the cache reached
/// if there is one (a warning on standard error if it cannot be).
[[nodiscard]] domain::Result<std::unique_ptr<bootstrap::Instance>> open_session(
    bootstrap::Configuration configuration);

/// Prints the error on standard error; returns the exit code that fits it.
int report(const domain::Error& error);

}  // namespace hearth::cli
