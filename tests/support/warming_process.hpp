#pragma once

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

#include "application/cache_warmer.hpp"
#include "application/fleet_warming.hpp"
#include "application/ports/warming_records.hpp"
#include "application/warm_run_log.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_telemetry.hpp"

namespace hearth::test_support {

/// The warming of one process, without the process: several of them over the same cache and the
/// same records are a fleet. Threading: the context's.
struct WarmingProcess {
  WarmingProcess(boost::asio::io_context& context, application::FlagRepository& repository,
                 application::CacheAdapter& cache, application::WarmingRecords& records,
                 const application::Clock& clock, application::FleetWarming::Settings settings)
      : warmer(context.get_executor(), repository, cache, clock, telemetry, own_runs, {}),
        warming(context.get_executor(), warmer, records, cache, own_runs, settings) {}

  RecordingTelemetry telemetry;
  application::WarmRunLog own_runs;
  application::CacheWarmer warmer;
  application::FleetWarming warming;
};

/// Settings for tests that wait in real time: everything soon.
[[nodiscard]] inline application::FleetWarming::Settings quick_fleet() {
  using std::chrono::milliseconds;
  application::FleetWarming::Settings settings;
  settings.longest_poll = milliseconds(2);
  return settings;
}

}  // namespace hearth::test_support
