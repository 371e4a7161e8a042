#include <iostream>

#include "cli/commands.hpp"

int main(int argc, char** argv) {
  using namespace hearth::cli;
  CLI::App app{"hearth: a feature-flag service whose cache is never cold", "hearth"};
  app.set_version_flag("--version", "hearth " HEARTH_VERSION);
  app.require_subcommand(1);
  app.fallthrough();

  ConfigurationOptions options;
  app.add_option("--env-file", options.env_file, "File of NAME=VALUE lines to configure with");
  app.add_option("--set", options.assignments, "One setting, NAME=VALUE; repeatable")
      ->allow_extra_args(false);

  int exit_code = exit_success;
  add_serve(app, options, exit_code);
  add_migrate(app, options, exit_code);
  add_warm(app, options, exit_code);
  add_flags(app, options, exit_code);
  add_config(app, options, exit_code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& mistake) {
    std::cerr << "hearth: " << mistake.what() << "\nhearth: try `hearth --help`, or `hearth "
              << "COMMAND --help`\n";
    return exit_usage;
  } catch (const std::exception& failure) {
    std::cerr << "hearth: " << failure.what() << '\n';
    return exit_failure;
  }
  return exit_code;
}
