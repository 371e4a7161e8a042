#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::adapters::http {

/// What hearth can be asked for over HTTP.
enum class Route {
  evaluate_all,
  get_flag,
  evaluate_flag,
  admin_list,
  admin_create,
  admin_get,
  admin_update,
  admin_delete,
  warm,
  warmings,
  warming,
  statistics,
  liveness,
  readiness,
  metrics,
};

inline constexpr std::size_t route_count = static_cast<std::size_t>(Route::metrics) + 1;

/// A route as its pattern spells it: `GET`, `/api/config/flags/:flagKey`.
struct RouteName {
  std::string_view method;
  std::string_view path;
};

/// `any` and `none` if no route was found, or the caller was not let in before it was looked for.
[[nodiscard]] RouteName name_of(std::optional<Route> route) noexcept;

/// The outcome of looking a request up.
struct RouteMatch {
  enum class Kind { found, no_such_path, method_not_allowed };

  Kind kind = Kind::no_such_path;
  Route route = Route::liveness;
  std::string parameter;        ///< the part of the path that the route leaves open
  std::string allowed_methods;  ///< for `Allow`, with method_not_allowed
};

/// Looks up method and path; HEAD is answered like GET. Paths that differ by a trailing slash are
/// other paths.
[[nodiscard]] RouteMatch match_route(std::string_view method,
                                     const std::vector<std::string>& segments);

/// Whether a path belongs to the admin API, known or not: such requests are authorised before
/// anything else is said about them.
[[nodiscard]] bool is_admin_path(const std::vector<std::string>& segments) noexcept;

}  // namespace hearth::adapters::http
