#include <iostream>

#include "bootstrap/demo.hpp"
#include "bootstrap/serve.hpp"
#include "cli/commands.hpp"

namespace hearth::cli {
namespace {

struct ServeOptions {
  std::string host;
  std::string port;
  bool demo = false;
};

/// `token` is empty if the operator has set one: it is not ours to print.
void greet(const bootstrap::Listening& listening, const std::string& token) {
  const auto url = "http://" + listening.host + ":" + std::to_string(listening.port);
  std::cout << "\nhearth is up at " << url << "\n\n  Admin token for this run: "
            << (token.empty() ? "your own ADMIN_TOKEN" : token) << "\n\nTry:\n\n  curl -i '" << url
            << "/api/config/flags/lokiQuerySplitting'\n\n  curl '" << url
            << "/api/config/flags/lokiQuerySplitting/evaluation?userId=ada'\n\n"
            << "  curl -X POST -H \"Authorization: Bearer "
            << (token.empty() ? "$ADMIN_TOKEN" : token) << "\" '" << url
            << "/api/admin/cache/warm'\n\nStop it with Ctrl-C.\n\n"
            << std::flush;
}

int run_server(ConfigurationOptions options, const ServeOptions& chosen,
               const bootstrap::Controls& controls) {
  if (!chosen.host.empty()) options.assignments.push_back("HOST=" + chosen.host);
  if (!chosen.port.empty()) options.assignments.push_back("PORT=" + chosen.port);
  auto loaded = load(options);
  if (!loaded) return report(loaded.error());
  auto& configuration = loaded->configuration;

  bootstrap::ServeHooks hooks;
  hooks.controls = controls;
  if (chosen.demo) {
    std::string made_token;
    for (const auto& setting : loaded->settings) {
      if (setting.source != "default") continue;
      if (setting.name == "HOST") configuration.host = "127.0.0.1";
      if (setting.name == "LOG_FORMAT") {
        configuration.log_format = adapters::telemetry::LogFormat::text;
      }
      if (setting.name == "ADMIN_TOKEN") made_token = bootstrap::make_token();
    }
    if (!made_token.empty()) configuration.admin_token = made_token;
    hooks.prepare = [&configuration](bootstrap::Instance& instance) -> domain::Result<void> {
      const auto imported = bootstrap::import_demo_flags(instance, configuration.environment);
      if (!imported) return std::unexpected(imported.error());
      if (*imported > 0) std::cout << "Imported " << *imported << " flags.\n";
      return {};
    };
    hooks.listening = [made_token](const bootstrap::Listening& listening) {
      greet(listening, made_token);
    };
  }
  const auto served = bootstrap::serve(configuration, hooks);
  if (!served) return report(served.error());
  return exit_success;
}

}  // namespace

void add_serve(CLI::App& app, ConfigurationOptions& options, const bootstrap::Controls& controls,
               int& exit_code) {
  auto* command = app.add_subcommand("serve", "Serve flags over HTTP until SIGTERM");
  auto chosen = std::make_shared<ServeOptions>();  // shared with the callback that CLI11 keeps
  command->add_option("--host", chosen->host, "Address to listen on (HOST)");
  command->add_option("--port", chosen->port, "Port to listen on (PORT)");
  command->add_flag("--demo", chosen->demo,
                    "For trying it out: listen on 127.0.0.1, import 270 real flags into an empty "
                    "database, make an admin token, and say what to try");
  command->callback([&options, &controls, &exit_code, chosen] {
    exit_code = run_server(options, *chosen, controls);
  });
}

}  // namespace hearth::cli
