#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/http/request_metrics.hpp"
#include "application/feature_flag_service.hpp"
#include "application/ports/clock.hpp"
#include "application/ports/telemetry.hpp"
#include "application/readiness.hpp"
#include "bootstrap/configuration.hpp"
#include "bootstrap/controls.hpp"
#include "bootstrap/event_loop.hpp"

namespace hearth::bootstrap {

/// A running hearth without its HTTP server: the database, the cache, the engine's thread and the
/// threads that serve, wired together. The composition root: nothing else knows every adapter.
///
/// Threading: made and destroyed on one thread, which is none of its own.
class Instance {
 public:
  /// Brings the embedded database's schema up to date, opens everything and starts the threads.
  /// Servers that cannot be reached are no error: hearth serves what it can and goes on trying.
  [[nodiscard]] static domain::Result<std::unique_ptr<Instance>> start(
      const Configuration& configuration, const Controls& controls = {});

  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  /// How many threads serve.
  [[nodiscard]] std::size_t size() const;

  /// The loop and the service of one of them.
  [[nodiscard]] EventLoop& loop(std::size_t worker);
  [[nodiscard]] application::FeatureFlagService& service(std::size_t worker);

  [[nodiscard]] const application::Clock& clock() const;
  [[nodiscard]] application::Telemetry& telemetry();
  [[nodiscard]] application::Readiness& readiness();
  [[nodiscard]] const application::CacheStatistics& statistics() const;

  /// Where the server of one of them counts its requests.
  [[nodiscard]] adapters::http::RequestMetrics& request_metrics(std::size_t worker);

  /// What /metrics shows now (see metrics_page). To be awaited on any of the threads.
  [[nodiscard]] application::Task<std::string> metrics();

  /// Waits until every thread has reached the cache. `deadline_exceeded` says why not.
  [[nodiscard]] domain::Result<void> wait_for_cache(application::Deadline deadline);

  /// Begins the cold-start warm run, the regular writing of counted reads and the following of the
  /// database's changes, in the background.
  void begin_background_work();

  /// For a process that may be frozen between its requests, instead of begin_background_work: only
  /// what does not mind that. The rest is `warm_at_start`, `thaw` and `rest`, which are to be
  /// awaited on the first serving thread.
  void begin_interruptible_work();

  /// The cold start: true when it has ended, by the deadline or soon after it.
  [[nodiscard]] application::Task<bool> warm_at_start(application::Deadline deadline);

  /// After a freeze, before the next request: nothing that was proven before it counts, and with
  /// `renews_connections` all connections are made anew. `unseen` is time that no clock but the
  /// time of day has counted. True: the shared cache may be used again; false: not by the deadline.
  [[nodiscard]] application::Task<bool> thaw(std::chrono::nanoseconds unseen,
                                             bool renews_connections,
                                             application::Deadline deadline);

  /// Before a freeze: counted reads are written (once per ACCESS_FLUSH_SECONDS), the cache is
  /// looked after, committed changes are brought to it. True: done before the deadline.
  [[nodiscard]] application::Task<bool> rest(application::Deadline deadline);

  /// Every log line names this invocation from now on; empty texts: none.
  void tag_log(const std::string& request_id, const std::string& trace_id);

  /// Writes the reads that have been counted; what cannot be written is logged.
  void flush_accesses();

  /// Tells the fleet that this process holds no copies any more, so that nobody waits for it.
  void leave_fleet();

  /// Ends all threads, without waiting for what they do. What others have put on the loops (such
  /// as servers) is to be destroyed after this and before the instance.
  void stop();

  /// Waits a moment for committed changes that have not reached the cache yet; what has not by
  /// then is logged, and is left to the reconcilers of other processes, or of the next start.
  void settle_changes();

 private:
  class Parts;
  explicit Instance(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hearth::bootstrap
