#include "functional/http_server_fixture.hpp"

#include <stdexcept>

#include "support/temporary_directory.hpp"

namespace hearth::functional {
namespace {

using test_support::HearthServer;

std::string seed_flags() {
  std::string text = "[";
  for (int i = 1; i <= 9; ++i) {
    if (i > 1) text += ",";
    text += R"({"key":"seed-)" + std::to_string(i) + R"(","enabled":true,"description":"Seed )" +
            std::to_string(i) + R"("})";
  }
  return text + "]";
}

HearthServer::Options options(const std::string& database) {
  HearthServer::Options options;
  options.environment = basic_environment();
  options.environment["DATABASE_URL"] = database;
  options.environment["CACHE_WARMING_ENABLED"] = "false";
  options.environment["ACCESS_FLUSH_SECONDS"] = "1";
  return options;
}

struct SeededServer {
  test_support::TemporaryDirectory folder;
  std::string database = "sqlite:" + (folder.path() / "flags.db").string();
  HearthServer server;

  SeededServer() : server((seed(database), options(database))) {}

  static void seed(const std::string& database) {
    for (const auto* name : {"production", "untouched"}) {
      const test_support::Environment environment{{"DATABASE_URL", database},
                                                  {"HEARTH_ENVIRONMENT", name}};
      const auto imported =
          test_support::run_hearth({"flags", "import", "-"}, environment, seed_flags());
      if (imported.exit_code != 0) throw std::runtime_error("cannot seed: " + imported.err);
    }
  }
};

}  // namespace

HearthServer& HttpServerTest::server() {
  static SeededServer seeded;
  return seeded.server;
}

}  // namespace hearth::functional
