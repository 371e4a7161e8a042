#include "adapters/lambda/answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>

#include "adapters/lambda/base64.hpp"
#include "domain/utf8.hpp"

namespace hearth::adapters::lambda {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

/// Payload 2.0 has one text a header: values of the same name are joined.
json::object joined(const HttpAnswer& answer) {
  json::object headers;
  for (const auto& [name, value] : answer.headers) {
    auto& present = headers[view(name)];
    if (auto* text = present.if_string()) {
      text->append(", ").append(view(value));
    } else {
      present = view(value);
    }
  }
  return headers;
}

json::object listed(const HttpAnswer& answer) {
  json::object headers;
  for (const auto& [name, value] : answer.headers) {
    auto& values = headers[view(name)];
    if (!values.is_array()) values.emplace_array();
    values.get_array().emplace_back(view(value));
  }
  return headers;
}

}  // namespace

std::string render_http_answer(const HttpEvent& event, const HttpAnswer& answer) {
  json::object message;
  message["statusCode"] = answer.status;
  if (event.format == HttpFormat::load_balancer) {
    message["statusDescription"] = std::to_string(answer.status) + " " + answer.reason;
  }
  if (event.format != HttpFormat::http_api && event.multiple_values) {
    message["multiValueHeaders"] = listed(answer);
  } else {
    message["headers"] = joined(answer);
  }
  const bool is_text = domain::utf8_length(answer.body).has_value();
  message["body"] = is_text ? answer.body : encode_base64(answer.body);
  message["isBase64Encoded"] = !is_text;
  return json::serialize(message);
}

std::string render_warm_answer(const application::WarmReport& report) {
  using std::chrono::milliseconds;
  json::object body;
  body["warmed"] = report.warmed();
  body["duration"] = std::chrono::round<milliseconds>(report.duration).count();
  body["trigger"] = view(application::name_of(report.trigger));
  json::object message;
  message["statusCode"] = 200;
  message["body"] = json::serialize(body);
  return json::serialize(message);
}

std::string render_hook_answer(std::string_view status) {
  json::object message;
  message["status"] = view(status);
  return json::serialize(message);
}

std::string render_error(std::string_view type, std::string_view message) {
  json::object error;
  error["errorMessage"] = view(message);
  error["errorType"] = view(type);
  error["stackTrace"].emplace_array();
  return json::serialize(error);
}

std::size_t most_answer_bytes(HttpFormat format) noexcept {
  return format == HttpFormat::load_balancer ? 1'000'000 : std::size_t{6} << 20;
}

}  // namespace hearth::adapters::lambda
