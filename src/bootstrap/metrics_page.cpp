#include "bootstrap/metrics_page.hpp"

#include <array>
#include <chrono>
#include <optional>

#include "adapters/telemetry/prometheus_text.hpp"

namespace hearth::bootstrap {
namespace {

using adapters::http::RequestMetrics;
using adapters::http::Route;
using adapters::telemetry::PrometheusText;
using application::Readiness;
using application::ReadSource;

void write_process(PrometheusText& page, const MetricsSources& sources) {
  page.gauge("hearth_build_info", "Always 1; which build this is.")
      .sample({{"version", HEARTH_VERSION}}, std::uint64_t{1});
  page.gauge("process_start_time_seconds", "When the process started, in Unix time.")
      .sample({}, std::chrono::duration<double>(sources.started_at.time_since_epoch()).count());
}

void write_readiness(PrometheusText& page, const Readiness& readiness) {
  using State = Readiness::State;
  using DependencyState = Readiness::DependencyState;
  const auto now = readiness.state();
  page.gauge("hearth_readiness", "1 for the state that the instance is in, 0 for the others.");
  for (const auto state : {State::starting, State::ready, State::degraded, State::draining}) {
    page.sample({{"state", application::name_of(state)}}, std::uint64_t{state == now});
  }
  page.gauge("hearth_dependency_state",
             "1 for the state that a dependency was last seen in, 0 for the others.");
  const auto write = [&page](std::string_view dependency, DependencyState current) {
    for (const auto state :
         {DependencyState::unknown, DependencyState::up, DependencyState::down}) {
      page.sample({{"dependency", dependency}, {"state", application::name_of(state)}},
                  std::uint64_t{state == current});
    }
  };
  write("cache", readiness.cache());
  write("database", readiness.database());
}

void write_reads(PrometheusText& page, const MetricsSources& sources) {
  page.counter("hearth_cache_lookups_total", "Reads of one flag, by what answered them.");
  for (const auto source :
       {ReadSource::near, ReadSource::hit, ReadSource::miss, ReadSource::stale}) {
    page.sample({{"result", application::name_of(source)}},
                sources.statistics.answered_from(source));
  }
  page.counter("hearth_database_queries_total", "What the database was asked for.");
  for (const auto query : application::database_queries) {
    page.sample({{"query", application::name_of(query)}}, sources.queries.of(query));
  }
}

/// The series of one route that have been seen at all, over all servers.
void write_route(PrometheusText& page, const std::vector<const RequestMetrics*>& servers,
                 std::optional<Route> route) {
  constexpr std::array<std::string_view, RequestMetrics::status_classes> class_names{"2xx", "3xx",
                                                                                     "4xx", "5xx"};
  const auto [method, path] = adapters::http::name_of(route);
  for (std::size_t status_class = 0; status_class < class_names.size(); ++status_class) {
    application::HistogramReading all;
    for (const auto* server : servers) all += server->durations(route, status_class);
    if (all.count() == 0) continue;
    page.sample({{"method", method}, {"route", path}, {"status", class_names.at(status_class)}},
                all);
  }
}

void write_requests(PrometheusText& page, const std::vector<const RequestMetrics*>& servers) {
  std::uint64_t in_flight = 0;
  for (const auto* server : servers) in_flight += server->in_flight();
  page.gauge("hearth_http_requests_in_flight", "Requests that are being answered.")
      .sample({}, in_flight);
  page.histogram("hearth_http_request_duration_seconds",
                 "Time from a request's end to the beginning of its answer.");
  write_route(page, servers, std::nullopt);
  for (std::size_t i = 0; i < adapters::http::route_count; ++i) {
    write_route(page, servers, static_cast<Route>(i));
  }
}

}  // namespace

std::string metrics_page(const MetricsSources& sources) {
  PrometheusText page;
  write_process(page, sources);
  write_readiness(page, sources.readiness);
  write_reads(page, sources);
  sources.operations.write(page);
  page.gauge("hearth_unsettled_changes",
             "Committed changes that are not known to be in force everywhere yet.")
      .sample({}, std::uint64_t{sources.unsettled_changes});
  write_requests(page, sources.requests);
  return page.take();
}

}  // namespace hearth::bootstrap
