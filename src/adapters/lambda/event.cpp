#include "adapters/lambda/event.hpp"

#include <boost/json/parse.hpp>

#include <sstream>

#include "adapters/lambda/base64.hpp"
#include "application/warm_request.hpp"
#include "domain/iso_8601.hpp"

namespace hearth::adapters::lambda {
namespace {

namespace json = boost::json;
using domain::ErrorCode;
using domain::fail;
using domain::Result;

constexpr std::int64_t most_top_n = 100'000;

const json::object* object_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value == nullptr ? nullptr : value->if_object();
}

/// The text of that member; empty if it is missing or no text.
std::string_view text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

bool true_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_bool() && value->get_bool();
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

/// Percent-encodes everything but what is unreserved (RFC 3986) or in `kept`.
std::string percent_encoded(std::string_view text, std::string_view kept) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += digits[byte >> 4U];
      encoded += digits[byte & 15U];
    }
  }
  return encoded;
}

/// Services differ in whether they decode a path: what is encoded stays so, the rest is made valid.
std::string as_path(std::string_view path) { return percent_encoded(path, "/%:@!$&'()*+,;="); }
std::string as_query(std::string_view query) { return percent_encoded(query, "/?%:@!$&'()*+,;="); }

void add_header(HttpEvent& event, std::string_view name, const json::value& value) {
  const auto* text = value.if_string();
  if (text != nullptr) event.headers.emplace_back(name, std::string(text->data(), text->size()));
}

void add_headers(HttpEvent& event, const json::object& message) {
  if (const auto* lists = object_at(message, "multiValueHeaders")) {
    event.multiple_values = true;
    for (const auto& member : *lists) {
      const auto* values = member.value().if_array();
      if (values == nullptr) continue;
      for (const auto& value : *values) {
        add_header(event, {member.key().data(), member.key().size()}, value);
      }
    }
    return;
  }
  const auto* single = object_at(message, "headers");
  if (single == nullptr) return;
  for (const auto& member : *single) {
    add_header(event, {member.key().data(), member.key().size()}, member.value());
  }
}

Result<void> add_body(HttpEvent& event, const json::object& message) {
  event.body = text_at(message, "body");
  if (!true_at(message, "isBase64Encoded")) return {};
  auto decoded = decode_base64(event.body);
  if (!decoded) {
    return fail(ErrorCode::validation, "The event's body says that it is base64, and it is not");
  }
  event.body = std::move(*decoded);
  return {};
}

/// Payload 1.0 gives parameters decoded; a load balancer gives them as the client sent them.
std::string query_of(const json::object& message, HttpFormat format) {
  std::string query;
  const auto add = [&](std::string_view name, const json::value& value) {
    const auto* text = value.if_string();
    if (text == nullptr) return;
    const std::string_view given(text->data(), text->size());
    const bool is_encoded = format == HttpFormat::load_balancer;
    if (!query.empty()) query += '&';
    query += is_encoded ? as_query(name) : percent_encoded(name, "");
    query += '=';
    query += is_encoded ? as_query(given) : percent_encoded(given, "");
  };
  if (const auto* lists = object_at(message, "multiValueQueryStringParameters")) {
    for (const auto& member : *lists) {
      const auto* values = member.value().if_array();
      if (values == nullptr) continue;
      for (const auto& value : *values) add({member.key().data(), member.key().size()}, value);
    }
  } else if (const auto* single = object_at(message, "queryStringParameters")) {
    for (const auto& member : *single) {
      add({member.key().data(), member.key().size()}, member.value());
    }
  }
  return query;
}

std::string target_of(std::string path, const std::string& query) {
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
  return query.empty() ? path : path + "?" + query;
}

/// A stage other than `$default` stands in front of the path of payload 2.0.
std::string_view without_stage(std::string_view path, std::string_view stage) {
  const auto prefix = "/" + std::string(stage);
  if (stage.empty() || stage == "$default" || !path.starts_with(prefix)) return path;
  const auto rest = path.substr(prefix.size());
  if (rest.empty()) return "/";
  return rest.starts_with('/') ? rest : path;
}

Result<Event> http_api_event(const json::object& message, const json::object& context,
                             const json::object& http) {
  HttpEvent event;
  event.format = HttpFormat::http_api;
  event.method = text_at(http, "method");
  const auto path = without_stage(text_at(message, "rawPath"), text_at(context, "stage"));
  event.target = target_of(as_path(path), as_query(text_at(message, "rawQueryString")));
  add_headers(event, message);
  event.multiple_values = false;
  if (auto added = add_body(event, message); !added) return std::unexpected(added.error());
  return event;
}

Result<Event> rest_event(const json::object& message, HttpFormat format) {
  HttpEvent event;
  event.format = format;
  event.method = text_at(message, "httpMethod");
  event.target = target_of(as_path(text_at(message, "path")), query_of(message, format));
  add_headers(event, message);
  if (auto added = add_body(event, message); !added) return std::unexpected(added.error());
  return event;
}

Result<std::vector<domain::FlagKey>> flag_keys(const json::value& value) {
  const auto* list = value.if_array();
  if (list == nullptr) return fail(ErrorCode::validation, "flagKeys is an array of flag keys");
  std::vector<std::string_view> names;
  for (const auto& name : *list) {
    const auto* text = name.if_string();
    if (text == nullptr) return fail(ErrorCode::validation, "flagKeys holds what is no text");
    names.emplace_back(text->data(), text->size());
  }
  return application::parse_warm_keys(names);
}

Result<void> add_choice(WarmEvent& event, const json::object& wish) {
  if (const auto trigger = text_at(wish, "triggerType"); !trigger.empty()) {
    auto parsed = application::parse_warm_trigger(trigger);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    event.trigger = *parsed;
  }
  if (const auto* keys = wish.if_contains("flagKeys"); keys != nullptr && !keys->is_null()) {
    auto parsed = flag_keys(*keys);
    if (!parsed) return std::unexpected(std::move(parsed.error()));
    event.keys = std::move(*parsed);
  }
  if (const auto* count = wish.if_contains("topN"); count != nullptr && !count->is_null()) {
    if (!count->is_int64() || count->get_int64() < 1 || count->get_int64() > most_top_n) {
      return fail(ErrorCode::validation, "topN is a whole number from 1 to 100000");
    }
    event.top_n = static_cast<std::size_t>(count->get_int64());
  }
  return {};
}

/// An event of EventBridge; its `detail` may say what to warm, as an object or as its text.
Result<Event> bridge_event(const json::object& message) {
  WarmEvent event;
  event.id = text_at(message, "id");
  event.scheduled_for = domain::parse_iso_8601_seconds(text_at(message, "time"));
  if (const auto* detail = object_at(message, "detail")) {
    if (auto added = add_choice(event, *detail); !added) return std::unexpected(added.error());
  } else if (const auto text = text_at(message, "detail"); !text.empty()) {
    boost::system::error_code failure;
    const auto parsed = json::parse({text.data(), text.size()}, failure);
    if (failure || !parsed.is_object()) {
      return fail(ErrorCode::validation, "The event's detail is neither an object nor JSON of one");
    }
    if (auto added = add_choice(event, parsed.get_object()); !added) {
      return std::unexpected(added.error());
    }
  }
  return event;
}

Result<Event> direct_event(const json::object& message) {
  WarmEvent event;
  event.id = text_at(message, "id");
  if (auto added = add_choice(event, message); !added) return std::unexpected(added.error());
  if (event.trigger == application::WarmTrigger::scheduled) {
    event.scheduled_for = domain::parse_iso_8601_seconds(text_at(message, "time"));
  }
  return event;
}

}  // namespace

Result<Event> recognise_event(std::string_view text) {
  boost::system::error_code failure;
  const auto value = json::parse({text.data(), text.size()}, failure);
  const auto* message = failure ? nullptr : value.if_object();
  if (message == nullptr) return fail(ErrorCode::validation, "The event is no JSON object");

  if (const auto* context = object_at(*message, "requestContext")) {
    const auto* http = object_at(*context, "http");
    if (http != nullptr && !text_at(*http, "method").empty()) {
      return http_api_event(*message, *context, *http);
    }
    const bool is_load_balancer = object_at(*context, "elb") != nullptr;
    if (!text_at(*message, "httpMethod").empty()) {
      return rest_event(*message,
                        is_load_balancer ? HttpFormat::load_balancer : HttpFormat::rest_api);
    }
  }
  const auto deployment = text_at(*message, "DeploymentId");
  const auto execution = text_at(*message, "LifecycleEventHookExecutionId");
  if (!deployment.empty() && !execution.empty()) {
    return DeploymentHookEvent{std::string(deployment), std::string(execution)};
  }
  if (!text_at(*message, "triggerType").empty()) return direct_event(*message);
  const auto source = text_at(*message, "source");
  if (source == "aws.scheduler" ||
      (source == "aws.events" && text_at(*message, "detail-type") == "Scheduled Event")) {
    return bridge_event(*message);
  }
  return fail(ErrorCode::validation,
              "This event has no shape that hearth knows: it takes HTTP requests of API Gateway "
              "(payload 1.0 and 2.0) and of load balancers, scheduled events of EventBridge, "
              "CodeDeploy hooks, and {\"triggerType\": ...}");
}

}  // namespace hearth::adapters::lambda
