#include <iostream>

#include "bootstrap/lambda.hpp"
#include "cli/commands.hpp"

namespace hearth::cli {
namespace {

int run_lambda(const ConfigurationOptions& options) {
  const auto environment = bootstrap::process_environment();
  const auto runtime_api = environment.find("AWS_LAMBDA_RUNTIME_API");
  if (runtime_api == environment.end() || runtime_api->second.empty()) {
    std::cerr << "hearth: AWS_LAMBDA_RUNTIME_API is not set: this command is for AWS Lambda, which "
                 "sets it; `hearth serve` is the server\n";
    return exit_usage;
  }
  auto loaded = load(options, bootstrap::lambda_defaults());
  if (!loaded) {
    bootstrap::report_init_error(runtime_api->second, loaded.error());
    return report(loaded.error());
  }
  const auto served = bootstrap::serve_invocations(loaded->configuration, runtime_api->second);
  return served ? exit_success : report(served.error());
}

}  // namespace

void add_lambda(CLI::App& app, ConfigurationOptions& options, int& exit_code) {
  auto* command = app.add_subcommand(
      "lambda", "Work off the invocations of an AWS Lambda function (also as `bootstrap`)");
  command->callback([&options, &exit_code] { exit_code = run_lambda(options); });
}

}  // namespace hearth::cli
