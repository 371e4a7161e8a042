#include "cli/session.hpp"

#include <iostream>

namespace hearth::cli {

using domain::ErrorCode;

domain::Result<bootstrap::LoadedConfiguration> load(const ConfigurationOptions& options,
                                                    bootstrap::Variables defaults) {
  bootstrap::ConfigurationSources sources{
      bootstrap::process_environment(), options.env_file, {}, std::move(defaults)};
  for (const auto& assignment : options.assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return domain::fail(ErrorCode::validation,
                          "--set takes NAME=VALUE; this is '" + assignment + "'");
    }
    sources.overrides.insert_or_assign(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return bootstrap::load_configuration(sources);
}

domain::Result<std::unique_ptr<bootstrap::Instance>> open_session(
    bootstrap::Configuration configuration) {
  configuration.threads = 1;
  configuration.near_cache_ttl = {};  // nobody should wait for copies that a command never reads
  configuration.log_level = adapters::telemetry::LogLevel::off;
  auto instance = bootstrap::Instance::start(configuration);
  if (!instance) return instance;
  constexpr std::chrono::milliseconds patience{1500};
  const auto reached = (*instance)->wait_for_cache(application::deadline_in(patience));
  if (!reached) std::cerr << "hearth: warning: " << reached.error().message << '\n';
  return instance;
}

int report(const domain::Error& error) {
  std::cerr << "hearth: " << error.message << '\n';
  return error.code == ErrorCode::validation ? exit_usage : exit_failure;
}

}  // namespace hearth::cli
