#include "adapters/http/routes.hpp"

#include "adapters/http/error_mapping.hpp"

namespace hearth::adapters::http {

using application::Task;

Task<Response> Routes::handle(Request request) {
  auto target = parse_target(request.target);
  if (!target) co_return error_response(target.error(), Audience::everybody);

  if (is_admin_path(target->segments)) {
    const auto admin = parts_.authorization.require_admin(request.header("Authorization"));
    if (!admin) co_return error_response(admin.error(), Audience::everybody);
  }

  auto match = match_route(request.method, target->segments);
  if (match.kind == RouteMatch::Kind::no_such_path) {
    co_return protocol_error(404, "NOT_FOUND", "There is nothing at this path");
  }
  if (match.kind == RouteMatch::Kind::method_not_allowed) {
    auto response = protocol_error(405, "METHOD_NOT_ALLOWED",
                                   "This path answers " + match.allowed_methods + " only");
    response.headers.emplace_back("Allow", match.allowed_methods);
    co_return response;
  }

  auto environment = parts_.default_environment;
  if (const auto named = target->parameter("environment")) {
    auto parsed = domain::Environment::parse(*named);
    if (!parsed) co_return error_response(parsed.error(), Audience::everybody);
    environment = std::move(*parsed);
  }
  // Named, because g++ 12 destroys an aggregate that is made inside a co_await expression twice.
  const auto route = match.route;
  Call call{std::move(request), std::move(*target), std::move(match), std::move(environment)};
  auto response = co_await dispatch(std::move(call));
  response.route = route;
  co_return response;
}

Task<Response> Routes::dispatch(Call call) {
  switch (call.match.route) {
    case Route::evaluate_all: co_return co_await evaluate_all(std::move(call));
    case Route::get_flag: co_return co_await get_flag(std::move(call));
    case Route::evaluate_flag: co_return co_await evaluate_flag(std::move(call));
    case Route::liveness: co_return liveness();
    case Route::readiness: co_return readiness();
    case Route::metrics: co_return co_await metrics();
    default: co_return co_await dispatch_admin(std::move(call));
  }
}

Task<Response> Routes::dispatch_admin(Call call) {
  switch (call.match.route) {
    case Route::admin_list: co_return co_await list_flags(std::move(call));
    case Route::admin_create: co_return co_await create_flag(std::move(call));
    case Route::admin_get: co_return co_await find_flag(std::move(call));
    case Route::admin_update: co_return co_await update_flag(std::move(call));
    case Route::admin_delete: co_return co_await delete_flag(std::move(call));
    case Route::warm: co_return co_await warm(std::move(call));
    case Route::warmings: co_return co_await warmings(std::move(call));
    case Route::warming: co_return co_await warming(std::move(call));
    case Route::statistics: co_return co_await statistics(std::move(call));
    default: co_return protocol_error(500, "INTERNAL", "This route has no handler");
  }
}

}  // namespace hearth::adapters::http
