#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <sstream>
#include <unistd.h>

#include "adapters/http/bodies.hpp"
#include "cli/flags_commands.hpp"

namespace hearth::cli {
namespace {

using application::ImportMode;
using domain::ErrorCode;
using domain::fail;

constexpr std::size_t long_import = 2000;  ///< flags, from which on progress is worth showing

domain::Result<std::string> read_file(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.fail()) {
    return fail(ErrorCode::validation, "The file '" + path + "' cannot be read");
  }
  return text.str();
}

/// Draws a bar on standard error, if that is a terminal and the import is a long one.
application::FlagRepository::Progress progress_bar(std::size_t total) {
  if (total < long_import || isatty(STDERR_FILENO) == 0) return {};
  return [total](std::size_t done) {
    constexpr std::size_t width = 40;
    const auto filled = width * done / total;
    std::cerr << "\rImporting [" << std::string(filled, '#') << std::string(width - filled, ' ')
              << "] " << 100 * done / total << " %" << (done == total ? "\n" : "") << std::flush;
  };
}

int import_file(const FlagsSession& session, const std::string& path, bool dry_run) {
  const auto text = read_file(path);
  if (!text) return report(text.error());
  auto drafts = adapters::http::parse_drafts(*text);
  if (!drafts) return report({drafts.error().code, path + ": " + drafts.error().message});
  auto progress = progress_bar(drafts->size());
  const auto imported = session.loop.run(session.service.import(
      session.environment, std::move(*drafts), dry_run ? ImportMode::dry_run : ImportMode::apply,
      std::move(progress)));
  if (!imported) return report({imported.error().code, path + ": " + imported.error().message});
  const auto& counts = imported->report;
  std::cout << (dry_run ? "would import: " : "imported: ") << counts.created << " created, "
            << counts.updated << " updated, " << counts.unchanged << " unchanged\n";
  if (!dry_run && !counts.changed.empty()) warn_unless_in_force(session, imported->in_force);
  return exit_success;
}

int export_file(const FlagsSession& session, const std::string& path) {
  application::PageRequest everything;
  everything.limit = std::numeric_limits<std::int32_t>::max();
  const auto page = session.loop.run(session.service.list(session.environment, everything));
  if (!page) return report(page.error());
  const auto text = adapters::http::drafts_of(page->flags);
  if (path == "-") {
    std::cout << text;
    return exit_success;
  }
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) return report({ErrorCode::validation, "The file '" + path + "' cannot be written"});
  std::cout << "exported " << page->flags.size() << " flag(s) to " << path << '\n';
  return exit_success;
}

}  // namespace

void add_flags_transfer(CLI::App& flags, ConfigurationOptions& options,
                        const std::string& environment, int& exit_code) {
  auto* importing =
      flags.add_subcommand("import", "Create or update flags from a JSON file, in one transaction");
  auto source = std::make_shared<std::string>();  // shared with the callback, as the rest is
  auto dry_run = std::make_shared<bool>(false);
  importing->add_option("file", *source, "An array of flags; - for standard input")->required();
  importing->add_flag("--dry-run", *dry_run, "Say what would be done, and change nothing");
  importing->callback([&options, &environment, &exit_code, source, dry_run] {
    exit_code = with_flags_session(options, environment, [&](const FlagsSession& session) {
      return import_file(session, *source, *dry_run);
    });
  });

  auto* exporting = flags.add_subcommand("export", "Write all flags to a JSON file");
  auto destination = std::make_shared<std::string>("-");
  exporting->add_option("file", *destination, "Where to; - (the default) for standard output");
  exporting->callback([&options, &environment, &exit_code, destination] {
    exit_code = with_flags_session(options, environment, [&](const FlagsSession& session) {
      return export_file(session, *destination);
    });
  });
}

}  // namespace hearth::cli
