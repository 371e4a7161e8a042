#pragma once

#include <CLI/CLI.hpp>

#include <functional>

#include "cli/session.hpp"

namespace hearth::cli {

/// What a `flags` subcommand works with.
struct FlagsSession {
  application::FeatureFlagService& service;
  bootstrap::EventLoop& loop;
  domain::Environment environment;
  bool has_shared_cache = false;  ///< one that running servers read too
};

/// Loads the configuration (with another environment, if one is named), opens a session, and runs
/// `work`; gives its exit code.
int with_flags_session(const ConfigurationOptions& options, const std::string& environment,
                       const std::function<int(const FlagsSession&)>& work);

/// Says on standard error that a committed change is not in force everywhere yet, or that this
/// command cannot know.
void warn_unless_in_force(const FlagsSession& session, bool in_force);

/// Adds `import` and `export`.
void add_flags_transfer(CLI::App& flags, ConfigurationOptions& options,
                        const std::string& environment, int& exit_code);

}  // namespace hearth::cli
