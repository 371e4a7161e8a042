#pragma once

#include <CLI/CLI.hpp>

#include "bootstrap/controls.hpp"
#include "cli/session.hpp"

namespace hearth::cli {

/// Each adds its subcommand to `app`. When the subcommand is chosen, `exit_code` receives what it
/// ends with. `options` and `exit_code` must outlive the parsing.
void add_serve(CLI::App& app, ConfigurationOptions& options, const bootstrap::Controls& controls,
               int& exit_code);
void add_lambda(CLI::App& app, ConfigurationOptions& options, int& exit_code);
void add_migrate(CLI::App& app, ConfigurationOptions& options, int& exit_code);
void add_warm(CLI::App& app, ConfigurationOptions& options, int& exit_code);
void add_flags(CLI::App& app, ConfigurationOptions& options, int& exit_code);
void add_config(CLI::App& app, ConfigurationOptions& options, int& exit_code);

/// The same for `schedule`, which needs no configuration.
void add_schedule(CLI::App& app, int& exit_code);

}  // namespace hearth::cli
