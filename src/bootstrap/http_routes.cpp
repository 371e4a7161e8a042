#include "bootstrap/http_routes.hpp"

#include <utility>

#include "adapters/auth/fixed_token_verifier.hpp"
#include "adapters/auth/jwt_verifier.hpp"
#include "adapters/telemetry/prometheus_text.hpp"

namespace hearth::bootstrap {
namespace {

using adapters::http::Authorization;
using adapters::http::Routes;
using application::Task;

Task<adapters::http::MetricsText> metrics_text(Instance* instance) {
  adapters::http::MetricsText text;
  text.content_type = adapters::telemetry::PrometheusText::content_type;
  text.body = co_await instance->metrics();
  co_return text;
}

}  // namespace

Authorization make_authorization(const Configuration& configuration,
                                 const application::Clock& clock) {
  std::vector<std::unique_ptr<application::TokenVerifier>> verifiers;
  if (!configuration.admin_token.empty()) {
    verifiers.push_back(
        std::make_unique<adapters::auth::FixedTokenVerifier>(configuration.admin_token));
  }
  if (!configuration.jwt_secret.empty()) {
    adapters::auth::JwtSettings settings{configuration.jwt_secret, configuration.jwt_issuer,
                                         configuration.jwt_audience, configuration.admin_role};
    verifiers.push_back(std::make_unique<adapters::auth::JwtVerifier>(std::move(settings), clock));
  }
  return Authorization(std::move(verifiers));
}

Routes::Parts route_parts(Instance& instance, std::size_t worker,
                          const Authorization& authorization, const Configuration& configuration) {
  return {instance.service(worker),
          authorization,
          instance.statistics(),
          instance.readiness(),
          [&instance] { return metrics_text(&instance); },
          configuration.environment};
}

}  // namespace hearth::bootstrap
