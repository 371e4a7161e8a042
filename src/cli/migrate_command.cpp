#include <iostream>

#include "adapters/postgres/postgres_migrations.hpp"
#include "adapters/sqlite/sqlite_migrations.hpp"
#include "cli/commands.hpp"

namespace hearth::cli {
namespace {

int migrate(const ConfigurationOptions& options) {
  const auto loaded = load(options);
  if (!loaded) return report(loaded.error());
  const auto& configuration = loaded->configuration;
  const auto path = configuration.sqlite_path();
  adapters::postgres::PostgresSettings settings;
  settings.url = configuration.database_url;
  const auto migrated =
      path ? adapters::sqlite::migrate_sqlite(*path) : adapters::postgres::migrate(settings);
  if (!migrated) return report(migrated.error());
  for (const auto& name : migrated->applied) std::cout << "applied " << name << '\n';
  if (migrated->applied.empty()) {
    std::cout << "nothing to do: " << migrated->already_applied.size()
              << " migration(s) are applied already\n";
  }
  return exit_success;
}

}  // namespace

void add_migrate(CLI::App& app, ConfigurationOptions& options, int& exit_code) {
  auto* command = app.add_subcommand("migrate", "Bring the database's schema up to date");
  command->callback([&options, &exit_code] { exit_code = migrate(options); });
}

}  // namespace hearth::cli
