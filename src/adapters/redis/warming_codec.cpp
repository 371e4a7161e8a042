#include "adapters/redis/warming_codec.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <array>

namespace hearth::adapters::redis {
namespace {

namespace json = boost::json;
using application::WarmMarker;
using application::WarmReport;
using domain::ErrorCode;
using std::chrono::nanoseconds;

constexpr auto error_codes = std::to_array<ErrorCode>(
    {ErrorCode::validation, ErrorCode::not_found, ErrorCode::already_exists,
     ErrorCode::version_mismatch, ErrorCode::unauthenticated, ErrorCode::forbidden,
     ErrorCode::unavailable, ErrorCode::deadline_exceeded, ErrorCode::in_doubt,
     ErrorCode::misconfigured, ErrorCode::internal});

ErrorCode error_code_named(std::string_view name) {
  for (const auto code : error_codes) {
    if (domain::name_of(code) == name) return code;
  }
  return ErrorCode::internal;
}

/// Runs `read` over the object that `text` holds; whatever does not fit makes nothing of it.
template <class T, class Read>
std::optional<T> decode_object(std::string_view text, const Read& read) {
  try {
    const auto value = json::parse(json::string_view(text.data(), text.size()));
    return read(value.as_object());
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

template <class Number>
Number number_of(const json::value& value) {
  return json::value_to<Number>(value);
}

}  // namespace

std::string encode(const WarmMarker& marker) {
  json::array sample;
  for (const auto& key : marker.sample) sample.emplace_back(key.text());
  json::object object;
  object["run"] = marker.run_id;
  object["trigger"] = application::name_of(marker.trigger);
  object["beganAtMs"] = marker.began_at_ms;
  object["warmed"] = marker.warmed;
  object["deploymentId"] = marker.deployment_id;
  object["deploymentRun"] = marker.deployment_run_id;
  object["scheduledForMs"] = marker.scheduled_for_ms;
  object["sample"] = std::move(sample);
  return json::serialize(object);
}

std::optional<WarmMarker> decode_marker(std::string_view text) {
  return decode_object<WarmMarker>(text, [](const json::object& object) {
    WarmMarker marker;
    marker.run_id = text_of(object.at("run"));
    marker.trigger = application::parse_warm_trigger(text_of(object.at("trigger"))).value();
    marker.began_at_ms = number_of<std::int64_t>(object.at("beganAtMs"));
    marker.warmed = number_of<std::size_t>(object.at("warmed"));
    marker.deployment_id = text_of(object.at("deploymentId"));
    marker.deployment_run_id = text_of(object.at("deploymentRun"));
    marker.scheduled_for_ms = number_of<std::int64_t>(object.at("scheduledForMs"));
    for (const auto& key : object.at("sample").as_array()) {
      marker.sample.push_back(domain::FlagKey::parse(text_of(key)).value());
    }
    return marker;
  });
}

std::string encode(const WarmReport& report) {
  json::object object;
  object["run"] = report.id;
  object["trigger"] = application::name_of(report.trigger);
  object["environment"] = report.environment.text();
  object["startedMs"] = report.started_at.time_since_epoch().count();
  object["durationNs"] = report.duration.count();
  object["queryNs"] = report.query_duration.count();
  object["pipelineNs"] = report.pipeline_duration.count();
  object["requested"] = report.requested;
  object["written"] = report.written;
  object["unchanged"] = report.unchanged;
  object["newer"] = report.newer;
  object["missing"] = report.missing;
  object["failed"] = report.failed;
  if (report.error) {
    object["error"] = domain::name_of(report.error->code);
    object["message"] = report.error->message;
  }
  return json::serialize(object);
}

std::optional<WarmReport> decode_report(std::string_view text) {
  return decode_object<WarmReport>(text, [](const json::object& object) {
    WarmReport report{
        .id = text_of(object.at("run")),
        .trigger = application::parse_warm_trigger(text_of(object.at("trigger"))).value(),
        .environment = domain::Environment::parse(text_of(object.at("environment"))).value(),
        .error = std::nullopt};
    report.started_at = domain::Timestamp(
        std::chrono::milliseconds(number_of<std::int64_t>(object.at("startedMs"))));
    report.duration = nanoseconds(number_of<std::int64_t>(object.at("durationNs")));
    report.query_duration = nanoseconds(number_of<std::int64_t>(object.at("queryNs")));
    report.pipeline_duration = nanoseconds(number_of<std::int64_t>(object.at("pipelineNs")));
    report.requested = number_of<std::size_t>(object.at("requested"));
    report.written = number_of<std::size_t>(object.at("written"));
    report.unchanged = number_of<std::size_t>(object.at("unchanged"));
    report.newer = number_of<std::size_t>(object.at("newer"));
    report.missing = number_of<std::size_t>(object.at("missing"));
    report.failed = number_of<std::size_t>(object.at("failed"));
    if (const auto* error = object.if_contains("error")) {
      report.error =
          domain::Error{error_code_named(text_of(*error)), text_of(object.at("message"))};
    }
    return report;
  });
}

}  // namespace hearth::adapters::redis
