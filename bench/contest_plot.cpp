#include "bench/contest_plot.hpp"

#include "bench/bar_chart.hpp"
#include "bench/results_file.hpp"

namespace hearth::bench {
namespace {

BarPanel panel_of(const ContestReport& report, const std::string& title,
                  double Measured::* figure) {
  BarPanel panel{.title = title, .bars = {}};
  for (const auto& standing : report.standings) {
    panel.bars.push_back({standing.name, spread_of(standing, figure)});
  }
  return panel;
}

}  // namespace

std::string contest_plot(const std::vector<ContestReport>& reports, const std::string& machine) {
  const auto& first = reports.at(0);
  const bool is_only_one = reports.size() == 1;
  std::vector<BarPanel> panels;
  for (const auto& report : reports) {
    const auto which = is_only_one ? std::string() : report.title + ": ";
    panels.push_back(
        panel_of(report, which + "processor time for a request, us", &Measured::processor_us));
    panels.push_back(panel_of(report, which + "requests/s", &Measured::requests_per_second));
    panels.push_back(panel_of(report, which + "p99, ms", &Measured::p99_ms));
  }
  const auto rounds = first.standings.at(0).rounds.size();
  return bar_chart(is_only_one ? first.scenario + ": " + first.title : first.scenario, panels,
                   "Medians of " + std::to_string(rounds) +
                       " rounds, with the least and the most. " + machine + ".");
}

void write_contest_plot(const std::vector<ContestReport>& reports) {
  write_plot(reports.at(0).scenario, contest_plot(reports, machine_text()));
}

}  // namespace hearth::bench
