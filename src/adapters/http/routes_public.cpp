#include "adapters/http/bodies.hpp"
#include "adapters/http/content_coding.hpp"
#include "adapters/http/entity_tag.hpp"
#include "adapters/http/error_mapping.hpp"
#include "adapters/http/routes.hpp"

namespace hearth::adapters::http {
namespace {

using application::ReadSource;
using application::Task;
using domain::Result;

std::optional<std::string> user_of(const Target& target) {
  const auto user = named_user(target.parameter("userId"));
  if (!user) return std::nullopt;
  return std::string(*user);
}

/// Packs what is long enough for that, if the client takes it.
void compress(const Request& request, Response& response) {
  constexpr std::size_t worth_it = 1024;  // less fits into one packet anyway
  if (response.body.size() < worth_it || !accepts_gzip(request.header("Accept-Encoding"))) return;
  auto packed = gzip(response.body);
  if (!packed) return;
  response.body = std::move(*packed);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace

Response Routes::public_answer(std::string body, ReadSource source) {
  Response response;
  response.body = std::move(body);
  response.headers.emplace_back("X-Cache", name_of(source));
  return response;
}

Task<Response> Routes::evaluate_all(Call call) {
  const auto read = co_await parts_.service.get_all(std::move(call.environment));
  if (!read) co_return error_response(read.error(), Audience::everybody);
  // The address names the environment and the user, so the flags alone make the difference.
  auto tag = weak_entity_tag(read->snapshot->fingerprint);
  Response response;
  if (is_matched(call.request.header("If-None-Match"), tag)) {
    response.status = 304;
  } else {
    response.body = evaluations(read->snapshot->flags, user_of(call.target));
    compress(call.request, response);
  }
  response.headers.emplace_back("ETag", std::move(tag));
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("X-Cache", name_of(read->source));
  co_return response;
}

Task<Response> Routes::get_flag(Call call) {
  auto key = domain::FlagKey::parse(call.match.parameter);
  if (!key) co_return error_response(key.error(), Audience::everybody);
  const auto read = co_await parts_.service.get(std::move(call.environment), std::move(*key));
  if (!read) co_return error_response(read.error(), Audience::everybody);
  co_return public_answer(public_flag(read->flag), read->source);
}

Task<Response> Routes::evaluate_flag(Call call) {
  auto key = domain::FlagKey::parse(call.match.parameter);
  if (!key) co_return error_response(key.error(), Audience::everybody);
  const auto evaluated = co_await parts_.service.evaluate(std::move(call.environment),
                                                          std::move(*key), user_of(call.target));
  if (!evaluated) co_return error_response(evaluated.error(), Audience::everybody);
  co_return public_answer(evaluation(*evaluated), evaluated->source);
}

Task<Response> Routes::finish_read(FlagTarget asked, SharedRead read,
                                   Result<application::CacheRead> found) {
  const auto answered = co_await parts_.service.finish_read(
      std::move(read.environment), domain::FlagKey(read.key), read.begun, std::move(found));
  Response response;
  if (!answered) {
    response = error_response(answered.error(), Audience::everybody);
  } else if (asked.evaluates) {
    const auto evaluated =
        application::evaluate(answered->flag, named_user(asked.user_id), answered->source);
    response = public_answer(evaluation(evaluated), answered->source);
  } else {
    response = public_answer(public_flag(answered->flag), answered->source);
  }
  response.route = route_of(asked);
  co_return response;
}

Task<Response> Routes::metrics() const {
  auto page = co_await parts_.metrics();
  Response response;
  response.content_type = page.content_type;
  response.body = std::move(page.body);
  co_return response;
}

Response Routes::liveness() const {
  Response response;
  response.body = R"({"status":"alive"})";
  return response;
}

Response Routes::readiness() const {
  using State = application::Readiness::State;
  const auto state = parts_.readiness.state();
  Response response;
  response.status = state == State::starting || state == State::draining ? 503 : 200;
  response.body = http::readiness(parts_.readiness, std::chrono::steady_clock::now());
  return response;
}

}  // namespace hearth::adapters::http
