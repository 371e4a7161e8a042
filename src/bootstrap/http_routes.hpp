#pragma once

#include "adapters/http/authorization.hpp"
#include "adapters/http/routes.hpp"
#include "bootstrap/configuration.hpp"
#include "bootstrap/instance.hpp"

namespace hearth::bootstrap {

/// Who may use the admin API, as the configuration says. `clock` outlives it.
[[nodiscard]] adapters::http::Authorization make_authorization(const Configuration& configuration,
                                                               const application::Clock& clock);

/// What the routes of one of the instance's threads work with; both references outlive them.
[[nodiscard]] adapters::http::Routes::Parts route_parts(
    Instance& instance, std::size_t worker, const adapters::http::Authorization& authorization,
    const Configuration& configuration);

}  // namespace hearth::bootstrap
