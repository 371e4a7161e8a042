#pragma once

#include <boost/asio/io_context.hpp>

#include <string>
#include <utility>

#include "adapters/postgres/postgres_migrations.hpp"
#include "adapters/postgres/postgres_repository.hpp"
#include "support/postgres_server.hpp"
#include "support/run_task.hpp"

namespace hearth::test_support {

inline const domain::Environment production = domain::Environment::parse("production").value();

[[nodiscard]] inline domain::FlagKey key_named(const std::string& text) {
  return domain::FlagKey::parse(text).value();
}

[[nodiscard]] inline domain::FlagDraft draft_named(const std::string& key) {
  return {.key = key_named(key), .enabled = true, .rollout_percentage = 100, .description = key};
}

[[nodiscard]] inline application::Deadline soon() {
  return application::deadline_in(std::chrono::seconds(20));
}

/// A repository on the thread of the test.
class PostgresBench {
 public:
  explicit PostgresBench(adapters::postgres::PostgresSettings settings)
      : repository(context.get_executor(), std::move(settings)) {}

  template <class T>
  T run(application::Task<T> task) {
    return run_task(context, std::move(task));
  }
  domain::Result<domain::Flag> create(const std::string& key,
                                      application::Deadline deadline = soon()) {
    return run(repository.create(production, draft_named(key), deadline));
  }
  domain::Result<std::vector<domain::FlagState>> find(const std::string& key,
                                                      application::Deadline deadline = soon()) {
    std::vector<domain::FlagKey> keys{key_named(key)};
    return run(repository.find_many(production, std::move(keys), deadline));
  }

  boost::asio::io_context context{1};
  adapters::postgres::PostgresRepository repository;
};

}  // namespace hearth::test_support
