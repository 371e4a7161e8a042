#include <charconv>

#include "adapters/http/bodies.hpp"
#include "adapters/http/error_mapping.hpp"
#include "adapters/http/routes.hpp"

namespace hearth::adapters::http {
namespace {

using application::Task;
using domain::ErrorCode;
using domain::fail;
using domain::Result;

constexpr std::size_t default_page = 100;
constexpr std::size_t largest_page = 1000;

Response admin_error(const domain::Error& error) {
  return error_response(error, Audience::administrators);
}

Response with_body(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string quoted(domain::Version version) { return '"' + std::to_string(version) + '"'; }

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// `If-Match: "VERSION"` (RFC 9110, section 13.1.1); absent or `*` guards nothing that the
/// flag's existence does not.
Result<std::optional<domain::Version>> expected_version(const Request& request) {
  using Expected = std::optional<domain::Version>;
  const auto headers = request.header_count("If-Match");
  auto text = request.header("If-Match");
  if (headers == 0 || (headers == 1 && text == "*")) return Expected{};
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) {
    text = text.substr(1, text.size() - 2);
  }
  const auto version = parse_number<domain::Version>(text);
  if (!version || headers > 1) {
    return fail(ErrorCode::validation,
                "If-Match holds the flag's version in quotes, as ETag gave it: \"42\"");
  }
  return Expected{*version};
}

Result<application::PageRequest> page_request(const Target& target) {
  application::PageRequest page;
  page.limit = default_page;
  if (const auto limit = target.parameter("limit")) {
    const auto number = parse_number<std::size_t>(*limit);
    if (!number || *number < 1 || *number > largest_page) {
      return fail(ErrorCode::validation,
                  "limit is a whole number from 1 to " + std::to_string(largest_page));
    }
    page.limit = *number;
  }
  if (const auto after = target.parameter("after")) {
    auto key = domain::FlagKey::parse(*after);
    if (!key) return std::unexpected(std::move(key.error()));
    page.after = std::move(*key);
  }
  return page;
}

/// A POST or PATCH whose body was not announced: with no length, HTTP/1.1 says there is none.
std::optional<Response> missing_body(const Request& request) {
  if (request.declares_body) return std::nullopt;
  return protocol_error(411, "LENGTH_REQUIRED",
                        "Send the flag as a JSON body, with its Content-Length");
}

Response changed(int status, const domain::Environment& environment,
                 const application::ChangedFlag& change) {
  auto response = with_body(change.in_force ? status : 202, full_flag(environment, change.flag));
  response.headers.emplace_back("ETag", quoted(change.flag.version));
  return response;
}

}  // namespace

Task<Response> Routes::list_flags(Call call) {
  auto request = page_request(call.target);
  if (!request) co_return admin_error(request.error());
  const auto page = co_await parts_.service.list(call.environment, std::move(*request));
  if (!page) co_return admin_error(page.error());
  co_return with_body(200, flag_page(call.environment, *page));
}

Task<Response> Routes::create_flag(Call call) {
  if (auto missing = missing_body(call.request)) co_return std::move(*missing);
  auto draft = parse_draft(call.request.body);
  if (!draft) co_return admin_error(draft.error());
  const auto created = co_await parts_.service.create(call.environment, std::move(*draft));
  if (!created) co_return admin_error(created.error());
  auto response = changed(201, call.environment, *created);
  response.headers.emplace_back("Location", "/api/admin/flags/" + created->flag.key.text() +
                                                "?environment=" + call.environment.text());
  co_return response;
}

Task<Response> Routes::find_flag(Call call) {
  auto key = domain::FlagKey::parse(call.match.parameter);
  if (!key) co_return admin_error(key.error());
  const auto flag = co_await parts_.service.find(call.environment, std::move(*key));
  if (!flag) co_return admin_error(flag.error());
  auto response = with_body(200, full_flag(call.environment, *flag));
  response.headers.emplace_back("ETag", quoted(flag->version));
  co_return response;
}

Task<Response> Routes::update_flag(Call call) {
  auto key = domain::FlagKey::parse(call.match.parameter);
  if (!key) co_return admin_error(key.error());
  if (auto missing = missing_body(call.request)) co_return std::move(*missing);
  auto patch = parse_patch(call.request.body);
  if (!patch) co_return admin_error(patch.error());
  const auto expected = expected_version(call.request);
  if (!expected) co_return admin_error(expected.error());
  const auto updated = co_await parts_.service.update(call.environment, std::move(*key),
                                                      std::move(*patch), *expected);
  if (!updated) co_return admin_error(updated.error());
  co_return changed(200, call.environment, *updated);
}

Task<Response> Routes::delete_flag(Call call) {
  auto key = domain::FlagKey::parse(call.match.parameter);
  if (!key) co_return admin_error(key.error());
  const auto expected = expected_version(call.request);
  if (!expected) co_return admin_error(expected.error());
  const auto in_force =
      co_await parts_.service.remove(call.environment, std::move(*key), *expected);
  if (!in_force) co_return admin_error(in_force.error());
  co_return with_body(*in_force ? 204 : 202, "");
}

Task<Response> Routes::warm(Call call) {
  auto keys = parse_warm_request(call.request.body);
  if (!keys) co_return admin_error(keys.error());
  application::WarmRequest request{.environment = call.environment, .keys = std::move(*keys)};
  const auto report = co_await parts_.service.warm_cache(std::move(request));
  auto response = with_body(200, warm_answer(report));
  response.headers.emplace_back("Location", "/api/admin/cache/warmings/" + report.id +
                                                "?environment=" + call.environment.text());
  co_return response;
}

Task<Response> Routes::warmings(Call call) {
  const auto runs = co_await parts_.service.recent_warm_runs(std::move(call.environment));
  co_return with_body(200, warm_runs(runs));
}

Task<Response> Routes::warming(Call call) {
  const auto report = co_await parts_.service.find_warm_run(std::move(call.environment),
                                                            std::move(call.match.parameter));
  if (!report) co_return protocol_error(404, "NOT_FOUND", "There is no warm run of that id");
  co_return with_body(200, warm_run(*report));
}

Task<Response> Routes::statistics(Call call) {
  const auto coverage = co_await parts_.service.coverage(std::move(call.environment));
  co_return with_body(
      200, http::statistics(parts_.statistics, std::chrono::steady_clock::now(), coverage));
}

}  // namespace hearth::adapters::http
