#include <filesystem>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/run.hpp"

namespace {

/// What is wrong with the command line. CLI11 says of an unknown command only that one is
/// required: this names it, and those that there are.
std::string explain(const CLI::App& app, const CLI::ParseError& mistake) {
  const CLI::App* asked = &app;
  while (!asked->get_subcommands().empty()) asked = asked->get_subcommands().front();
  const auto known = asked->get_subcommands([](const CLI::App*) { return true; });
  const bool lacks_something =
      mistake.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
  if (!lacks_something || known.empty()) return mistake.what();

  const auto unknown = app.remaining(true);
  std::string text =
      unknown.empty() ? "A command is missing" : "There is no command '" + unknown.front() + "'";
  text += "; the commands are";
  for (const auto* command : known)
    text += (command == known.front() ? " " : ", ") + command->get_name();
  return text;
}

/// Lambda starts the file `bootstrap` of a package, and without arguments.
bool is_lambda_bootstrap(int argc, char** argv) {
  return argc == 1 && std::filesystem::path(argv[0]).filename() == "bootstrap";
}

}  // namespace

namespace hearth::cli {

int run(int argc, char** argv, const bootstrap::Controls& controls) {
  CLI::App app{"hearth: a feature-flag service whose cache is never cold", "hearth"};
  app.set_version_flag("--version", "hearth " HEARTH_VERSION);
  app.require_subcommand(1);
  app.fallthrough();

  ConfigurationOptions options;
  app.add_option("--env-file", options.env_file, "File of NAME=VALUE lines to configure with");
  app.add_option("--set", options.assignments, "One setting, NAME=VALUE; repeatable")
      ->allow_extra_args(false);

  int exit_code = exit_success;
  add_serve(app, options, controls, exit_code);
  add_lambda(app, options, exit_code);
  add_migrate(app, options, exit_code);
  add_warm(app, options, exit_code);
  add_flags(app, options, exit_code);
  add_config(app, options, exit_code);
  add_schedule(app, exit_code);

  try {
    if (is_lambda_bootstrap(argc, argv)) {
      app.parse("lambda");
    } else {
      app.parse(argc, argv);
    }
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& mistake) {
    std::cerr << "hearth: " << explain(app, mistake) << "\nhearth: try `hearth --help`, or `hearth "
              << "COMMAND --help`\n";
    return exit_usage;
  } catch (const std::exception& failure) {
    std::cerr << "hearth: " << failure.what() << '\n';
    return exit_failure;
  }
  return exit_code;
}

}  // namespace hearth::cli
