#include <iomanip>
#include <iostream>

#include "adapters/http/bodies.hpp"
#include "cli/commands.hpp"
#include "cli/flags_commands.hpp"

namespace hearth::cli {
namespace {

using domain::Flag;
using domain::FlagKey;

/// The options of get, set, create and delete.
struct FlagOptions {
  std::string key;
  std::optional<bool> enabled;
  std::optional<std::int64_t> rollout;
  std::optional<std::string> description;
  std::optional<domain::Version> expected;
  bool json = false;
};

void print_flag(const FlagsSession& session, const Flag& flag, bool json) {
  if (json) {
    std::cout << adapters::http::full_flag(session.environment, flag) << '\n';
    return;
  }
  std::cout << "key:         " << flag.key.text() << "\nenvironment: " << session.environment.text()
            << "\nenabled:     " << std::boolalpha << flag.enabled
            << "\nrollout:     " << flag.rollout_percentage << " %\nversion:     " << flag.version
            << "\ndescription: " << flag.description << '\n';
}

int list(const FlagsSession& session, bool json) {
  application::PageRequest page;
  page.limit = 1000;
  std::vector<Flag> flags;
  do {
    auto read = session.loop.run(session.service.list(session.environment, page));
    if (!read) return report(read.error());
    std::ranges::move(read->flags, std::back_inserter(flags));
    page.after = read->next_after;
  } while (page.after);

  if (json) {
    std::cout << adapters::http::flag_page(session.environment, {std::move(flags), std::nullopt})
              << '\n';
    return exit_success;
  }
  std::size_t width = 3;
  for (const auto& flag : flags) width = std::max(width, flag.key.text().size());
  for (const auto& flag : flags) {
    std::cout << std::left << std::setw(static_cast<int>(width)) << flag.key.text()
              << (flag.enabled ? "  on   " : "  off  ") << std::right << std::setw(3)
              << flag.rollout_percentage << " %  " << flag.description << '\n';
  }
  std::cout << flags.size() << " flag(s) in " << session.environment.text() << '\n';
  return exit_success;
}

int get(const FlagsSession& session, const FlagOptions& chosen) {
  auto key = FlagKey::parse(chosen.key);
  if (!key) return report(key.error());
  const auto flag = session.loop.run(session.service.find(session.environment, std::move(*key)));
  if (!flag) return report(flag.error());
  print_flag(session, *flag, chosen.json);
  return exit_success;
}

int finish_change(const FlagsSession& session, const FlagOptions& chosen,
                  const domain::Result<application::ChangedFlag>& changed) {
  if (!changed) return report(changed.error());
  print_flag(session, changed->flag, chosen.json);
  warn_unless_in_force(session, changed->in_force);
  return exit_success;
}

int set(const FlagsSession& session, const FlagOptions& chosen) {
  auto key = FlagKey::parse(chosen.key);
  if (!key) return report(key.error());
  domain::FlagPatch patch;
  patch.enabled = chosen.enabled;
  if (chosen.rollout) {
    if (auto valid = domain::validate_rollout_percentage(*chosen.rollout); !valid) {
      return report(valid.error());
    }
    patch.rollout_percentage = static_cast<int>(*chosen.rollout);
  }
  patch.description = chosen.description;
  return finish_change(session, chosen,
                       session.loop.run(session.service.update(session.environment, std::move(*key),
                                                               std::move(patch), chosen.expected)));
}

int create(const FlagsSession& session, const FlagOptions& chosen) {
  auto key = FlagKey::parse(chosen.key);
  if (!key) return report(key.error());
  constexpr int everybody = 100;
  const auto rollout = chosen.rollout.value_or(everybody);
  if (auto valid = domain::validate_rollout_percentage(rollout); !valid) {
    return report(valid.error());
  }
  domain::FlagDraft draft{std::move(*key), chosen.enabled.value_or(false),
                          static_cast<int>(rollout), chosen.description.value_or("")};
  return finish_change(
      session, chosen,
      session.loop.run(session.service.create(session.environment, std::move(draft))));
}

int remove(const FlagsSession& session, const FlagOptions& chosen) {
  auto key = FlagKey::parse(chosen.key);
  if (!key) return report(key.error());
  const auto removed = session.loop.run(
      session.service.remove(session.environment, std::move(*key), chosen.expected));
  if (!removed) return report(removed.error());
  std::cout << "deleted " << chosen.key << '\n';
  warn_unless_in_force(session, *removed);
  return exit_success;
}

using FlagWork = int (*)(const FlagsSession&, const FlagOptions&);

/// Adds a subcommand about one flag; returns it and its options for those that it adds itself.
std::pair<CLI::App*, std::shared_ptr<FlagOptions>> add_flag_command(
    CLI::App& flags, const std::string& name, const std::string& description, FlagWork work,
    const ConfigurationOptions& options, const std::string& environment, int& exit_code) {
  auto* command = flags.add_subcommand(name, description);
  auto chosen = std::make_shared<FlagOptions>();  // shared with the callback that CLI11 keeps
  command->add_option("key", chosen->key, "The flag's key")->required();
  command->add_flag("--json", chosen->json, "Print JSON");
  command->callback([&options, &environment, &exit_code, chosen, work] {
    exit_code = with_flags_session(
        options, environment, [&](const FlagsSession& session) { return work(session, *chosen); });
  });
  return {command, chosen};
}

void add_content_options(CLI::App& command, FlagOptions& chosen) {
  command.add_option("--enabled", chosen.enabled, "true or false");
  command.add_option("--rollout", chosen.rollout, "Percentage of the users, 0 to 100");
  command.add_option("--description", chosen.description, "Up to 2,000 characters");
}

void add_version_option(CLI::App& command, FlagOptions& chosen) {
  command.add_option("--if-version", chosen.expected, "Only if this is the flag's present version");
}

}  // namespace

int with_flags_session(const ConfigurationOptions& options, const std::string& environment,
                       const std::function<int(const FlagsSession&)>& work) {
  auto with_environment = options;
  if (!environment.empty()) {
    with_environment.assignments.push_back("HEARTH_ENVIRONMENT=" + environment);
  }
  const auto loaded = load(with_environment);
  if (!loaded) return report(loaded.error());
  auto session = open_session(loaded->configuration);
  if (!session) return report(session.error());
  return work(FlagsSession{(*session)->service(0), (*session)->loop(0),
                           loaded->configuration.environment,
                           !loaded->configuration.redis_url.empty()});
}

void warn_unless_in_force(const FlagsSession& session, bool in_force) {
  if (!session.has_shared_cache) {
    std::cerr
        << "hearth: note: REDIS_URL is not set; a server that runs without it sees the change "
           "about a second later\n";
    return;
  }
  if (in_force) return;
  std::cerr << "hearth: warning: the change is committed, but the cache could not be reached: old "
               "values are served until a server that reaches it has seen the change (seconds), or "
               "their TTL has passed\n";
}

void add_flags(CLI::App& app, ConfigurationOptions& options, int& exit_code) {
  auto* flags = app.add_subcommand("flags", "Look at flags and change them");
  flags->require_subcommand(1);
  // Shared with the callbacks that CLI11 keeps: it must live as long as they do.
  static std::string environment;
  flags->add_option("--environment", environment, "Whose flags (default: HEARTH_ENVIRONMENT)");

  auto* listing = flags->add_subcommand("list", "List all flags");
  auto json = std::make_shared<bool>(false);  // shared with the callback
  listing->add_flag("--json", *json, "Print JSON");
  listing->callback([&options, &exit_code, json] {
    exit_code = with_flags_session(
        options, environment, [&](const FlagsSession& session) { return list(session, *json); });
  });

  add_flag_command(*flags, "get", "Show one flag", get, options, environment, exit_code);
  auto [creation, created] =
      add_flag_command(*flags, "create", "Make a flag", create, options, environment, exit_code);
  add_content_options(*creation, *created);
  auto [change, changed] =
      add_flag_command(*flags, "set", "Change a flag", set, options, environment, exit_code);
  add_content_options(*change, *changed);
  add_version_option(*change, *changed);
  auto [deletion, deleted] =
      add_flag_command(*flags, "delete", "Delete a flag", remove, options, environment, exit_code);
  add_version_option(*deletion, *deleted);
  add_flags_transfer(*flags, options, environment, exit_code);
}

}  // namespace hearth::cli
