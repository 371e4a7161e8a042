#include "adapters/postgres/postgres_migrations.hpp"
#include "adapters/postgres/postgres_repository.hpp"
#include "contract/flag_repository_contract.hpp"
#include "support/postgres_server.hpp"

namespace hearth::test_support {
namespace {

using adapters::postgres::PostgresRepository;
using adapters::postgres::PostgresSettings;

/// One server for the cases of a process, a database for each.
PostgresServer& server() {
  static PostgresServer started;
  return started;
}

class PostgresUnderTest final : public RepositoryUnderTest {
 public:
  PostgresUnderTest() : url_(server().create_database()) {
    const PostgresSettings settings{.url = url_};
    adapters::postgres::migrate(settings).value();
    repository_.emplace(context_.get_executor(), settings);
  }

  application::FlagRepository& flags() override { return *repository_; }
  application::AccessRepository& accesses() override { return *repository_; }
  boost::asio::io_context& context() override { return context_; }

  void execute_by_hand(const std::string& sql) override { execute(url_, sql); }

  std::optional<StoredAccess> stored_access(const domain::Environment& environment,
                                            const domain::FlagKey& key) override {
    const auto rows =
        execute(url_,
                "SELECT request_count, (extract(epoch FROM last_accessed_at) * 1000)::bigint, heat "
                "FROM feature_flag_access a JOIN feature_flags f ON f.id = a.flag_id "
                "WHERE environment = '" +
                    environment.text() + "' AND flag_key = '" + key.text() + "'");
    if (rows.empty()) return std::nullopt;
    return StoredAccess{
        .request_count = std::stoll(rows[0][0]),
        .last_accessed_at = domain::Timestamp(std::chrono::milliseconds(std::stoll(rows[0][1]))),
        .heat = std::stod(rows[0][2])};
  }

 private:
  std::string url_;
  boost::asio::io_context context_{1};
  std::optional<PostgresRepository> repository_;
};

std::unique_ptr<RepositoryUnderTest> make() { return std::make_unique<PostgresUnderTest>(); }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, FlagRepositoryContract, testing::Values(&make),
                         [](const auto&) { return std::string("postgres"); });

}  // namespace hearth::test_support
