// hearth without one of its mechanisms, for the positive controls of the checks: what the mechanism
// prevents must happen here. `hearth_weakened --without
// fence|confirmation|epoch|recovery|election ARGUMENTS...`, where the arguments are those of
// hearth.

#include <iostream>
#include <optional>
#include <string_view>

#include "adapters/redis/endpoint.hpp"
#include "cli/run.hpp"
#include "support/plain_set_cache.hpp"

namespace {

using hearth::adapters::redis::Connection;
using hearth::application::CacheAdapter;
using hearth::application::Executor;

/// Writes with plain SETEX over a connection of its own.
class Unfenced final : public hearth::test_support::PlainSetCache {
 public:
  Unfenced(CacheAdapter& reads, std::unique_ptr<Connection> connection)
      : PlainSetCache(reads, *connection), connection_(std::move(connection)) {}

 private:
  std::unique_ptr<Connection> connection_;
};

std::unique_ptr<CacheAdapter> without_fence(Executor executor, CacheAdapter& cache) {
  const auto* url = std::getenv("REDIS_URL");
  if (url == nullptr) throw std::runtime_error("set REDIS_URL in the environment");
  auto connection = std::make_unique<Connection>(
      executor, hearth::adapters::redis::parse_endpoint(url).value(),
      hearth::adapters::redis::ConnectionSettings{}, std::vector<std::string>{});
  return std::make_unique<Unfenced>(cache, std::move(connection));
}

std::optional<hearth::bootstrap::Controls> controls_without(std::string_view mechanism) {
  hearth::bootstrap::Controls controls;
  if (mechanism == "confirmation") {
    controls.waits_for_confirmations = false;
  } else if (mechanism == "epoch") {
    controls.compares_epochs_with_servers = false;
  } else if (mechanism == "recovery") {
    controls.recovers = false;
  } else if (mechanism == "election") {
    controls.elects_who_warms = false;
  } else if (mechanism == "fence") {
    controls.replace_cache = without_fence;
  } else {
    return std::nullopt;
  }
  return controls;
}

}  // namespace

int main(int argc, char** argv) {
  const auto controls = argc > 2 && std::string_view(argv[1]) == "--without"
                            ? controls_without(argv[2])
                            : std::nullopt;
  if (!controls) {
    std::cerr << "usage: hearth_weakened --without fence|confirmation|epoch|recovery|election "
                 "ARGUMENTS\n";
    return 2;
  }
  argv[2] = argv[0];
  return hearth::cli::run(argc - 2, argv + 2, *controls);
}
