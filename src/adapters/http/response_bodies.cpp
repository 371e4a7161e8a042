#include <chrono>

#include "adapters/http/bodies.hpp"
#include "adapters/http/json_writer.hpp"
#include "application/json_text.hpp"
#include "application/text_cursor.hpp"
#include "domain/iso_8601.hpp"

namespace hearth::adapters::http {
namespace {

using application::ReadSource;
using application::WarmReport;

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

void write_public_members(JsonWriter& json, const domain::Flag& flag) {
  json.member("enabled", flag.enabled)
      .member("rolloutPercentage", flag.rollout_percentage)
      .member("description", std::string_view(flag.description));
}

void write_full_flag(JsonWriter& json, const domain::Environment& environment,
                     const domain::Flag& flag) {
  json.begin_object()
      .member("key", std::string_view(flag.key.text()))
      .member("environment", std::string_view(environment.text()));
  write_public_members(json, flag);
  json.member("version", flag.version)
      .member("createdAt", std::string_view(domain::iso_8601_milliseconds(flag.created_at)))
      .member("updatedAt", std::string_view(domain::iso_8601_milliseconds(flag.updated_at)))
      .end_object();
}

void write_warm_run(JsonWriter& json, const WarmReport& report) {
  json.begin_object()
      .member("id", std::string_view(report.id))
      .member("trigger", application::name_of(report.trigger))
      .member("environment", std::string_view(report.environment.text()))
      .member("started", std::string_view(domain::iso_8601_milliseconds(report.started_at)))
      .member("duration", milliseconds(report.duration), 3)
      .member("queryDuration", milliseconds(report.query_duration), 3)
      .member("pipelineDuration", milliseconds(report.pipeline_duration), 3)
      .member("requested", std::uint64_t{report.requested})
      .member("written", std::uint64_t{report.written})
      .member("unchanged", std::uint64_t{report.unchanged})
      .member("newer", std::uint64_t{report.newer})
      .member("missing", std::uint64_t{report.missing})
      .member("failed", std::uint64_t{report.failed})
      .key("error");
  if (report.error) {
    json.value(std::string_view(report.error->message));
  } else {
    json.null();
  }
  json.end_object();
}

}  // namespace

// These two are written for nearly every read: by hand, without looking for what to escape in what
// never has it.

void append_public_flag(std::string& out, const domain::FlagView& flag) {
  constexpr std::size_t most_beside_key = 100;
  application::append_written(
      out, most_beside_key + flag.key.text().size(), [&](application::TextCursor& cursor) {
        cursor.literal(R"({"key":")").text(flag.key.text()).literal(R"(","enabled":)");
        cursor.text(flag.enabled ? "true" : "false").literal(R"(,"rolloutPercentage":)");
        cursor.number(flag.rollout_percentage).literal(R"(,"description":)");
      });
  application::append_json_text(out, flag.description);
  out += '}';
}

void append_evaluation(std::string& out, domain::FlagKeyView key,
                       const domain::Evaluation& evaluated) {
  out.append(R"({"key":")").append(key.text());
  out.append(evaluated.value ? R"(","value":true,"variant":")" : R"(","value":false,"variant":")");
  out.append(domain::variant_of(evaluated)).append(R"(","reason":")");
  out.append(domain::name_of(evaluated.reason)).append("\"}");
}

std::string public_flag(const domain::Flag& flag) {
  std::string text;
  append_public_flag(text, flag);
  return text;
}

std::string full_flag(const domain::Environment& environment, const domain::Flag& flag) {
  JsonWriter json;
  write_full_flag(json, environment, flag);
  return json.take();
}

std::string flag_page(const domain::Environment& environment, const application::FlagPage& page) {
  JsonWriter json;
  json.begin_object().key("flags").begin_array();
  for (const auto& flag : page.flags) write_full_flag(json, environment, flag);
  json.end_array().key("nextAfter");
  if (page.next_after) {
    json.value(std::string_view(page.next_after->text()));
  } else {
    json.null();
  }
  json.end_object();
  return json.take();
}

std::string drafts_of(const std::vector<domain::Flag>& flags) {
  std::string lines = "[";
  for (const auto& flag : flags) {
    lines += lines.size() > 1 ? ",\n" : "\n";
    lines += public_flag(flag);
  }
  return lines + "\n]\n";
}

std::string evaluation(const application::FlagEvaluation& evaluated) {
  std::string text;
  append_evaluation(text, evaluated.key, evaluated.evaluation);
  return text;
}

std::string evaluations(const std::vector<domain::Flag>& flags,
                        std::optional<std::string_view> user_id) {
  JsonWriter json;
  json.begin_object();
  for (const auto& flag : flags)
    json.member(flag.key.text(), domain::evaluate(flag, user_id).value);
  json.end_object();
  return json.take();
}

std::string warm_answer(const WarmReport& report) {
  JsonWriter json;
  json.begin_object()
      .member("warmed", std::uint64_t{report.warmed()})
      .member("duration", milliseconds(report.duration), 3)
      .end_object();
  return json.take();
}

std::string warm_run(const WarmReport& report) {
  JsonWriter json;
  write_warm_run(json, report);
  return json.take();
}

std::string warm_runs(const std::vector<WarmReport>& reports) {
  JsonWriter json;
  json.begin_object().key("warmings").begin_array();
  for (const auto& report : reports) write_warm_run(json, report);
  json.end_array().end_object();
  return json.take();
}

std::string statistics(const application::CacheStatistics& statistics,
                       std::chrono::steady_clock::time_point now, std::optional<double> coverage) {
  using namespace std::chrono_literals;
  const auto total = statistics.total();
  const auto latency = statistics.latency();
  JsonWriter json;
  json.begin_object()
      .key("hitRate")
      .begin_object()
      .member("oneMinute", statistics.within(1min, now).hit_rate(), 6)
      .member("fiveMinutes", statistics.within(5min, now).hit_rate(), 6)
      .member("total", total.hit_rate(), 6)
      .end_object()
      .key("lookups")
      .begin_object()
      .member("near", statistics.answered_from(ReadSource::near))
      .member("shared", statistics.answered_from(ReadSource::hit))
      .member("miss", statistics.answered_from(ReadSource::miss))
      .member("stale", statistics.answered_from(ReadSource::stale))
      .end_object()
      .member("databaseReads", statistics.database_reads())
      .key("latencyMs")
      .begin_object()
      .member("p50", milliseconds(latency.p50), 4)
      .member("p95", milliseconds(latency.p95), 4)
      .member("p99", milliseconds(latency.p99), 4)
      .end_object()
      .key("coverage");
  if (coverage) {
    json.value(*coverage, 6);
  } else {
    json.null();
  }
  json.end_object();
  return json.take();
}

std::string readiness(const application::Readiness& readiness,
                      std::chrono::steady_clock::time_point now) {
  JsonWriter json;
  json.begin_object().member("status", application::name_of(readiness.state()));
  json.key("warmSet").begin_object().key("coverage");
  if (const auto coverage = readiness.coverage()) {
    json.value(*coverage, 6);
  } else {
    json.null();
  }
  json.key("oldestEntryAgeMs");
  if (const auto age = readiness.age_of_oldest(now)) {
    json.value(static_cast<std::uint64_t>(age->count()));
  } else {
    json.null();
  }
  json.end_object()
      .key("dependencies")
      .begin_object()
      .member("cache", application::name_of(readiness.cache()))
      .member("database", application::name_of(readiness.database()))
      .end_object()
      .end_object();
  return json.take();
}

}  // namespace hearth::adapters::http
