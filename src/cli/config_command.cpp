#include <algorithm>
#include <iostream>

#include "cli/commands.hpp"

namespace hearth::cli {
namespace {

int show_configuration(const ConfigurationOptions& options) {
  const auto loaded = load(options);
  if (!loaded) return report(loaded.error());
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const auto& setting : loaded->settings) {
    name_width = std::max(name_width, setting.name.size());
    value_width = std::max(value_width, setting.value.size());
  }
  for (const auto& setting : loaded->settings) {
    std::cout << setting.name << std::string(name_width - setting.name.size(), ' ') << " = "
              << setting.value << std::string(value_width - setting.value.size(), ' ') << "  # "
              << setting.source << ": " << setting.description << '\n';
  }
  return exit_success;
}

}  // namespace

void add_config(CLI::App& app, ConfigurationOptions& options, int& exit_code) {
  auto* command = app.add_subcommand(
      "config", "Show the effective configuration and where it comes from; secrets stay hidden");
  command->callback([&options, &exit_code] { exit_code = show_configuration(options); });
}

}  // namespace hearth::cli
