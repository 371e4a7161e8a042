#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "contract/cache_adapter_contract.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"
#include "support/redis_server.hpp"
#include "support/run_task.hpp"

namespace hearth::contract {
namespace {

enum class Transport { tcp, unix_socket, tcp_with_password };

class RedisFixture final : public CacheFixture {
 public:
  explicit RedisFixture(Transport transport)
      : server_({.password = transport == Transport::tcp_with_password
                                 ? std::optional<std::string>("s3cret-word")
                                 : std::nullopt,
                 .settings = {}}),
        cache_(context_.get_executor(),
               adapters::redis::parse_endpoint(
                   transport == Transport::unix_socket ? server_.unix_url() : server_.url())
                   .value(),
               adapters::redis::ConnectionSettings{}, clock_, fleet_) {
    test_support::run_task(
        context_, cache_.wait_until_connected(application::deadline_in(std::chrono::seconds(10))))
        .value();
  }

  boost::asio::io_context& context() override { return context_; }
  application::CacheAdapter& cache() override { return cache_; }
  // Redis keeps its own time: the suite polls until it has passed.
  void let_pass(std::chrono::milliseconds) override {}

  [[nodiscard]] const test_support::RedisServer& server() const { return server_; }

 private:
  test_support::RedisServer server_;
  boost::asio::io_context context_{1};
  test_support::ManualClock clock_;
  application::FleetView fleet_{test_support::environment("production"),
                                application::FleetView::Trust::unconditional};
  adapters::redis::RedisCache cache_;
};

CacheUnderTest redis_over(std::string name, Transport transport) {
  return {std::move(name), [transport] { return std::make_unique<RedisFixture>(transport); }};
}

INSTANTIATE_TEST_SUITE_P(Redis, CacheAdapterContract,
                         testing::Values(redis_over("RedisOverTcp", Transport::tcp),
                                         redis_over("RedisOverUnixSocket", Transport::unix_socket),
                                         redis_over("RedisWithPassword",
                                                    Transport::tcp_with_password)),
                         name_of_cache);

}  // namespace
}  // namespace hearth::contract
