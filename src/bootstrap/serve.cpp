#include "bootstrap/serve.hpp"

#include <boost/asio/signal_set.hpp>

#include "adapters/http/server.hpp"
#include "bootstrap/http_routes.hpp"

namespace hearth::bootstrap {
namespace {

using adapters::http::Authorization;
using adapters::http::ListenAddress;
using adapters::http::Routes;
using adapters::http::Server;
using application::Task;
using domain::Result;

constexpr std::chrono::seconds drain_patience{10};

/// The HTTP side: routes and a server for each of the instance's threads.
class Front {
 public:
  Front(Instance& instance, const Configuration& configuration)
      : instance_(instance), authorization_(make_authorization(configuration, instance.clock())) {
    for (std::size_t i = 0; i < instance.size(); ++i) {
      routes_.push_back(
          std::make_unique<Routes>(route_parts(instance, i, authorization_, configuration)));
      servers_.push_back(std::make_unique<Server>(instance.loop(i).executor(), *routes_.back(),
                                                  instance.request_metrics(i), instance.telemetry(),
                                                  adapters::http::ServerLimits{}));
    }
  }

  Result<void> listen(const ListenAddress& address) {
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      auto listening = on_thread<Result<std::uint16_t>>(
          i, [&](Server& server) { return server.listen(address); });
      if (!listening) return std::unexpected(std::move(listening.error()));
    }
    return {};
  }

  void drain() {
    const auto deadline = application::deadline_in(drain_patience);
    // All at once: one thread's slow client must not use up the patience of the others.
    std::vector<std::future<void>> drained;
    drained.reserve(servers_.size());
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      drained.push_back(instance_.loop(i).begin(servers_[i]->drain(deadline)));
    }
    for (auto& done : drained) done.get();
  }

 private:
  template <class T, class Act>
  T on_thread(std::size_t i, const Act& act) {
    auto task = [](Server* server, const Act* what) -> Task<T> { co_return (*what)(*server); };
    return instance_.loop(i).run(task(servers_[i].get(), &act));
  }

  Instance& instance_;
  const Authorization authorization_;
  std::vector<std::unique_ptr<Routes>> routes_;
  std::vector<std::unique_ptr<Server>> servers_;
};

}  // namespace

Result<void> serve(const Configuration& configuration, const ServeHooks& hooks) {
  boost::asio::io_context signals(1);
  boost::asio::signal_set stop_signals(signals, SIGTERM, SIGINT);

  const auto address = adapters::http::claim_address({configuration.host, configuration.port});
  if (!address) return std::unexpected(address.error());
  auto instance = Instance::start(configuration, hooks.controls);
  if (!instance) return std::unexpected(std::move(instance.error()));
  if (auto prepared = hooks.prepare(**instance); !prepared) return prepared;

  Front front(**instance, configuration);
  (*instance)->begin_background_work();
  if (auto listening = front.listen(*address); !listening) {
    (*instance)->stop();
    return listening;
  }
  if (configuration.admin_token.empty() && configuration.jwt_secret.empty()) {
    (*instance)->telemetry().warning(
        "start", "Nobody can use the admin API: set ADMIN_TOKEN or AUTH_JWT_SECRET");
  }
  if (!configuration.sqlite_path() && configuration.redis_url.empty()) {
    (*instance)->telemetry().warning(
        "start",
        "Without REDIS_URL each server caches for itself: a change that is made through another "
        "one is seen here a second or two after its acknowledgement. Run one server, or set "
        "REDIS_URL");
  }
  (*instance)->telemetry().info(
      "start", "Listening on " + address->host + ":" + std::to_string(address->port));
  hooks.listening({address->host, address->port});

  stop_signals.async_wait([&](const boost::system::error_code& failure, int) {
    if (!failure) signals.stop();
  });
  signals.run();

  (*instance)->readiness().begin_draining();
  (*instance)->telemetry().info("stop", "Draining");
  front.drain();
  (*instance)->flush_accesses();
  (*instance)->settle_changes();
  (*instance)->leave_fleet();
  (*instance)->telemetry().info("stop", "Stopped");
  // The front is destroyed next: none of the threads may run in it any more.
  (*instance)->stop();
  return {};
}

}  // namespace hearth::bootstrap
