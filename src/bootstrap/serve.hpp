#pragma once

#include <functional>

#include "bootstrap/configuration.hpp"
#include "bootstrap/instance.hpp"
#include "domain/error.hpp"

namespace hearth::bootstrap {

/// Where a server that has started can be reached.
struct Listening {
  std::string host;
  std::uint16_t port = 0;
};

/// What `serve` does besides serving.
struct ServeHooks {
  /// After the database is open and before anything is warmed or served.
  std::function<domain::Result<void>(Instance&)> prepare = [](Instance&) {
    return domain::Result<void>{};
  };
  /// What to run without, in tests' controls.
  Controls controls = {};
  /// Once requests are accepted.
  std::function<void(const Listening&)> listening = [](const Listening&) {};
};

/// Serves until SIGTERM or SIGINT, then drains: requests under way finish, counted reads are
/// written. Fails only before it serves: the port is taken, or the database cannot be opened.
[[nodiscard]] domain::Result<void> serve(const Configuration& configuration,
                                         const ServeHooks& hooks);

}  // namespace hearth::bootstrap
