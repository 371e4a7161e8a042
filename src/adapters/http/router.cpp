#include "adapters/http/router.hpp"

#include <array>
#include <optional>

namespace hearth::adapters::http {
namespace {

struct Pattern {
  std::string_view method;
  std::string_view path;  ///< a segment that begins with a colon is left open
  Route route;
};

constexpr auto patterns = std::to_array<Pattern>({
    {"GET", "/api/config/flags", Route::evaluate_all},
    {"GET", "/api/config/flags/:flagKey", Route::get_flag},
    {"GET", "/api/config/flags/:flagKey/evaluation", Route::evaluate_flag},
    {"GET", "/api/admin/flags", Route::admin_list},
    {"POST", "/api/admin/flags", Route::admin_create},
    {"GET", "/api/admin/flags/:flagKey", Route::admin_get},
    {"PATCH", "/api/admin/flags/:flagKey", Route::admin_update},
    {"DELETE", "/api/admin/flags/:flagKey", Route::admin_delete},
    {"POST", "/api/admin/cache/warm", Route::warm},
    {"GET", "/api/admin/cache/warmings", Route::warmings},
    {"GET", "/api/admin/cache/warmings/:id", Route::warming},
    {"GET", "/api/admin/cache/stats", Route::statistics},
    {"GET", "/livez", Route::liveness},
    {"GET", "/readyz", Route::readiness},
    {"GET", "/metrics", Route::metrics},
});

/// The open segment's text (empty without one) if the path fits, else nothing.
std::optional<std::string> fit(std::string_view pattern, const std::vector<std::string>& segments) {
  std::string parameter;
  std::size_t used = 0;
  pattern.remove_prefix(1);
  while (true) {
    const auto slash = pattern.find('/');
    const auto part = pattern.substr(0, slash);
    if (used == segments.size()) return std::nullopt;
    const auto& segment = segments[used++];
    if (part.starts_with(':')) {
      parameter = segment;
    } else if (part != segment) {
      return std::nullopt;
    }
    if (slash == std::string_view::npos) break;
    pattern.remove_prefix(slash + 1);
  }
  if (used != segments.size()) return std::nullopt;
  return parameter;
}

}  // namespace

RouteMatch match_route(std::string_view method, const std::vector<std::string>& segments) {
  const auto asked = method == "HEAD" ? std::string_view("GET") : method;
  RouteMatch match;
  for (const auto& pattern : patterns) {
    auto parameter = fit(pattern.path, segments);
    if (!parameter) continue;
    if (pattern.method == asked) {
      return {RouteMatch::Kind::found, pattern.route, std::move(*parameter), {}};
    }
    match.kind = RouteMatch::Kind::method_not_allowed;
    if (!match.allowed_methods.empty()) match.allowed_methods += ", ";
    match.allowed_methods += pattern.method;
    if (pattern.method == "GET") match.allowed_methods += ", HEAD";
  }
  return match;
}

RouteName name_of(std::optional<Route> route) noexcept {
  for (const auto& pattern : patterns) {
    if (pattern.route == route) return {pattern.method, pattern.path};
  }
  return {"any", "none"};
}

bool is_admin_path(const std::vector<std::string>& segments) noexcept {
  return segments.size() >= 2 && segments[0] == "api" && segments[1] == "admin";
}

}  // namespace hearth::adapters::http
