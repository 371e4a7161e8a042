#include <algorithm>
#include <iomanip>
#include <iostream>

#include "adapters/http/bodies.hpp"
#include "cli/commands.hpp"

namespace hearth::cli {
namespace {

using application::WarmReport;

struct WarmOptions {
  std::optional<std::size_t> top;
  std::vector<std::string> keys;
  std::string trigger = "manual";
  std::string deployment_id;
  bool json = false;
  bool strict = false;
};

void print(const WarmReport& report) {
  const auto milliseconds = [](std::chrono::nanoseconds duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
  };
  std::cout << std::fixed << std::setprecision(2) << "warmed " << report.warmed() << " of "
            << report.requested << " flags in " << milliseconds(report.duration) << " ms (database "
            << milliseconds(report.query_duration) << " ms, cache "
            << milliseconds(report.pipeline_duration) << " ms)\n"
            << "  written " << report.written << ", unchanged " << report.unchanged << ", newer "
            << report.newer << ", missing " << report.missing << ", failed " << report.failed
            << '\n';
}

domain::Result<std::optional<std::vector<domain::FlagKey>>> parse_keys(
    const std::vector<std::string>& names) {
  using Keys = std::optional<std::vector<domain::FlagKey>>;
  if (names.empty()) return Keys{};
  std::vector<domain::FlagKey> keys;
  for (const auto& name : names) {
    auto key = domain::FlagKey::parse(name);
    if (!key) return std::unexpected(std::move(key.error()));
    keys.push_back(std::move(*key));
  }
  return Keys{std::move(keys)};
}

/// Any name that a pipeline gives to a deployment: it stands in JSON and in log lines.
domain::Result<void> check_deployment(const WarmOptions& chosen, application::WarmTrigger trigger) {
  constexpr std::size_t longest = 128;
  const auto& id = chosen.deployment_id;
  if (id.empty()) return {};
  if (trigger != application::WarmTrigger::deployment) {
    return domain::fail(domain::ErrorCode::validation,
                        "--deployment-id goes with --trigger deployment");
  }
  const bool is_plain = std::ranges::all_of(id, [](char c) { return c > ' ' && c <= '~'; });
  if (!is_plain || id.size() > longest) {
    return domain::fail(domain::ErrorCode::validation,
                        "--deployment-id takes 1 to 128 printable ASCII characters, no blanks");
  }
  return {};
}

int warm(const ConfigurationOptions& options, const WarmOptions& chosen) {
  auto keys = parse_keys(chosen.keys);
  if (!keys) return report(keys.error());
  const auto trigger = application::parse_warm_trigger(chosen.trigger);
  if (!trigger) return report(trigger.error());
  if (auto valid = check_deployment(chosen, *trigger); !valid) return report(valid.error());
  auto loaded = load(options);
  if (!loaded) return report(loaded.error());
  auto& configuration = loaded->configuration;
  if (configuration.redis_url.empty()) {
    return report({domain::ErrorCode::validation,
                   "REDIS_URL is not set: there is no shared cache that this command could warm "
                   "(a server without Redis warms its own memory; ask it with POST "
                   "/api/admin/cache/warm)"});
  }
  if (chosen.top) configuration.warming_top_n = *chosen.top;
  auto session = open_session(configuration);
  if (!session) return report(session.error());
  auto& service = (*session)->service(0);
  application::WarmRequest request{configuration.environment, std::move(*keys), *trigger,
                                   chosen.deployment_id};
  const auto done = (*session)->loop(0).run(service.warm_cache(std::move(request)));
  if (chosen.json) {
    std::cout << adapters::http::warm_run(done) << '\n';
  } else {
    print(done);
  }
  if (!done.error) return exit_success;
  std::cerr << "hearth: warming failed: " << done.error->message << '\n';
  return chosen.strict ? exit_failure : exit_success;
}

}  // namespace

void add_warm(CLI::App& app, ConfigurationOptions& options, int& exit_code) {
  auto* command =
      app.add_subcommand("warm", "Run one warm run against the shared cache and print its report");
  auto chosen = std::make_shared<WarmOptions>();  // shared with the callback that CLI11 keeps
  auto* top = command
                  ->add_option("--top", chosen->top,
                               "Warm the N hottest flags (default: CACHE_WARMING_TOP_N)")
                  ->check(CLI::Range(1, 100'000));
  auto* key = command->add_option("--key", chosen->keys, "Warm this flag; repeatable")
                  ->allow_extra_args(false)
                  ->excludes(top);
  command->add_option("--trigger", chosen->trigger,
                      "What the record names as the cause: manual, deployment, scheduled");
  command
      ->add_option("--deployment-id", chosen->deployment_id,
                   "With --trigger deployment: warm once for this deployment, however often this "
                   "is run, and wait until the fleet knows")
      ->excludes(key);
  command->add_flag("--json", chosen->json, "Print the report as JSON");
  command->add_flag("--strict", chosen->strict, "Exit with 1 if warming failed");
  command->callback([&options, &exit_code, chosen] { exit_code = warm(options, *chosen); });
}

}  // namespace hearth::cli
