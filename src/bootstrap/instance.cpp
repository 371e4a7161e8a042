#include "bootstrap/instance.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/memory/memory_cache.hpp"
#include "adapters/postgres/change_listener.hpp"
#include "adapters/postgres/postgres_repository.hpp"
#include "adapters/redis/redis_cache.hpp"
#include "adapters/redis/redis_fleet.hpp"
#include "adapters/sqlite/sqlite_migrations.hpp"
#include "adapters/sqlite/sqlite_repository.hpp"
#include "adapters/telemetry/embedded_metrics.hpp"
#include "adapters/telemetry/log.hpp"
#include "adapters/telemetry/operation_metrics.hpp"
#include "application/counting_repository.hpp"
#include "application/no_change_signal.hpp"
#include "application/reconciler.hpp"
#include "application/telemetry_fan_out.hpp"
#include "bootstrap/fleet_link.hpp"
#include "bootstrap/metrics_page.hpp"
#include "bootstrap/system_clock.hpp"
#include "bootstrap/warming.hpp"

namespace hearth::bootstrap {
namespace {

using application::AccessCounter;
using application::CacheAdapter;
using application::Deadline;
using application::Executor;
using application::FeatureFlagService;
using application::Task;
using application::Timer;
using application::use_task;
using domain::Result;

constexpr std::chrono::milliseconds cold_start_cache_wait{3000};
constexpr std::chrono::milliseconds cold_start_limit{5000};
constexpr std::size_t most_keys_in_use = 10'000;
constexpr std::chrono::milliseconds flush_timeout{5000};
/// Between two looks at the warm set by a process that is frozen between its requests.
constexpr std::chrono::seconds longest_unwatched{5};
/// The same while the cache is away, which is then waited for within the time of the rest.
constexpr std::chrono::seconds unwatched_while_down{1};

/// Either repository, seen as the two ports that it implements, and what tells of its changes.
struct Database {
  std::unique_ptr<adapters::sqlite::SqliteRepository> sqlite;
  std::unique_ptr<adapters::postgres::PostgresRepository> postgres;
  std::unique_ptr<application::ChangeSignal> signal;

  [[nodiscard]] application::FlagRepository& flags() const {
    if (sqlite) return *sqlite;
    return *postgres;
  }
  [[nodiscard]] application::AccessRepository& accesses() const {
    if (sqlite) return *sqlite;
    return *postgres;
  }
};

Result<Database> open_database(const Configuration& configuration, Executor engine) {
  Database database;
  if (const auto path = configuration.sqlite_path()) {
    if (auto migrated = adapters::sqlite::migrate_sqlite(*path); !migrated) {
      return std::unexpected(std::move(migrated.error()));
    }
    auto opened = adapters::sqlite::SqliteRepository::open(*path);
    if (!opened) return std::unexpected(std::move(opened.error()));
    database.sqlite = std::move(*opened);
    database.signal = std::make_unique<application::NoChangeSignal>(engine);
  } else {
    adapters::postgres::PostgresSettings settings;
    settings.url = configuration.database_url;
    settings.announces_changes = !configuration.redis_url.empty();
    if (configuration.is_frozen_between_requests) {
      // A hint that is heard only while something is asked is not worth a connection.
      database.signal = std::make_unique<application::NoChangeSignal>(engine);
    } else {
      database.signal = std::make_unique<adapters::postgres::ChangeListener>(engine, settings);
    }
    database.postgres =
        std::make_unique<adapters::postgres::PostgresRepository>(engine, std::move(settings));
  }
  return database;
}

/// The threads: one for the database, the engine and everything in the background, and those that
/// serve.
struct Loops {
  std::unique_ptr<EventLoop> engine = std::make_unique<EventLoop>();
  std::vector<std::unique_ptr<EventLoop>> workers;
};

application::CacheLifetimes lifetimes_of(const Configuration& configuration) {
  application::CacheLifetimes lifetimes;
  lifetimes.known = configuration.cache_ttl;
  return lifetimes;
}

application::Reconciler::Settings reconciler_settings(const Configuration& configuration) {
  application::Reconciler::Settings settings;
  settings.lifetimes = lifetimes_of(configuration);
  return settings;
}

}  // namespace

class Instance::Parts {
 public:
  Parts(const Configuration& configuration, const Controls& controls, Loops loops,
        Database database)
      : configuration_(configuration),
        controls_(controls),
        log(configuration.log_level, configuration.log_format),
        loops_(std::move(loops)),
        database_(std::move(database)),
        flags_(database_.flags(), queries_),
        accesses_(database_.accesses(), queries_),
        fleet_(configuration.environment, configuration.redis_url.empty()
                                              ? application::FleetView::Trust::unconditional
                                              : application::FleetView::Trust::proven),
        memory_(configuration.redis_url.empty()
                    ? std::make_unique<adapters::memory::MemoryCache>(clock)
                    : nullptr),
        engine_cache_(make_redis(engine().executor())),
        replaced_cache_(make_replacement()),
        tracker_(accesses_, clock, log, {configuration.heat_half_life}),
        loader_(engine().executor(), flags_, engine_port(), statistics, readiness,
                {.lifetimes = lifetimes_of(configuration)}),
        redis_fleet_(make_fleet()),
        announcer_(engine().executor(), engine_port(), redis_fleet_.get(), fleet_,
                   {.waits_for_confirmations = controls.waits_for_confirmations}),
        link_(make_link()),
        changes_(engine().executor(), flags_, engine_port(), announcer_, telemetry_,
                 {.lifetimes = lifetimes_of(configuration)}),
        warming_(configuration,
                 {engine().executor(), flags_, engine_port(), clock, telemetry_, readiness,
                  [this](domain::Environment environment) {
                    return keys_in_use(std::move(environment));
                  },
                  [this](domain::Environment environment) {
                    return proves_cache(std::move(environment));
                  },
                  controls.recovers, controls.elects_who_warms}),
        reconciler_(engine().executor(),
                    {flags_, engine_port(), *database_.signal, clock, log, announce_written(),
                     redis_fleet_.get(), configuration.environment},
                    reconciler_settings(configuration)) {
    for (const auto& loop : loops_.workers) add_worker(*loop);
    engine().start();
    for (const auto& loop : loops_.workers) loop->start();
    if (link_) boost::asio::co_spawn(engine().executor(), link_->run(), boost::asio::detached);
  }

  ~Parts() { stop(); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  void stop() {
    for (const auto& loop : loops_.workers) loop->stop();
    engine().stop();
    // What is suspended goes while everything that it refers to is still there. Work of one loop
    // may, as it goes, hand its remains to another loop, hence the second round.
    for (int round = 0; round < 2; ++round) {
      for (const auto& loop : loops_.workers) loop->discard_work();
      engine().discard_work();
    }
  }

  /// A thread that serves, with what belongs to it alone.
  struct Worker {
    EventLoop& loop;
    std::unique_ptr<adapters::redis::RedisCache> cache;
    application::NearCache near;
    application::FlagSnapshots snapshots;
    application::EntryRefresher refresher;
    AccessCounter accesses;
    adapters::http::RequestMetrics requests;
    std::unique_ptr<FeatureFlagService> service;
  };

  /// Nobody has to wait for this process any more.
  void leave_fleet() {
    if (link_) engine().begin(link_->leave()).get();
  }

  [[nodiscard]] std::vector<std::unique_ptr<Worker>>& workers() { return workers_; }
  [[nodiscard]] EventLoop& engine() const { return *loops_.engine; }
  [[nodiscard]] application::AccessTracker& tracker() { return tracker_; }

  Result<void> wait_for_cache(Deadline deadline) {
    if (memory_) return {};
    for (const auto& worker : workers_) {
      auto reached = worker->loop.run(worker->cache->wait_until_connected(deadline));
      if (!reached) return reached;
    }
    auto reached = engine().run(engine_cache_->wait_until_connected(deadline));
    if (!reached) return reached;
    if (!engine().run(link_->wait_until_trusted(configuration_.environment, deadline))) {
      return domain::fail(domain::ErrorCode::deadline_exceeded,
                          "What Redis holds has not been compared with the database yet");
    }
    return engine().run(warming_.wait_for_records(deadline));
  }

  static Task<bool> renew(Worker& worker) {
    worker.cache->renew_connection();
    co_return true;
  }

  /// What the near caches of all threads hold, without repetition.
  Task<std::vector<domain::FlagKey>> keys_in_use(domain::Environment environment) {
    std::set<domain::FlagKey> keys;
    for (const auto& worker : workers_) {
      auto some =
          co_await application::run_on(worker->loop.executor(), keys_of(worker->near, environment));
      keys.insert(std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    std::vector<domain::FlagKey> all(keys.begin(), keys.end());
    if (all.size() > most_keys_in_use) all.erase(all.begin() + most_keys_in_use, all.end());
    co_return all;
  }

  /// One heartbeat, which also begins to put the cache in order if that is needed.
  Task<bool> proves_cache(domain::Environment environment) {
    if (!link_) co_return true;
    co_return co_await link_->prove(std::move(environment), std::chrono::steady_clock::now());
  }

  static Task<std::vector<domain::FlagKey>> keys_of(const application::NearCache& near,
                                                    domain::Environment environment) {
    co_return near.keys(environment, most_keys_in_use);
  }

  /// Ready is said when every thread has reached the cache and the warm run has applied its flags,
  /// or when that has taken too long. Then the regular warming follows.
  Task<void> keep_warm() {
    const auto cold_start_deadline = application::deadline_in(cold_start_limit);
    co_await reach_cache(application::deadline_in(cold_start_cache_wait));
    co_await warming_.run(cold_start_deadline);
  }

  /// Waits for the cache, and tells readiness what came of it.
  Task<void> reach_cache(Deadline deadline) {
    bool reached = true;
    if (!memory_) {
      reached = (co_await engine_cache_->wait_until_connected(deadline)).has_value();
      for (const auto& worker : workers_) {
        reached = (co_await application::run_on(worker->loop.executor(),
                                                worker->cache->wait_until_connected(deadline)))
                      .has_value() &&
                  reached;
      }
      reached = co_await link_->wait_until_trusted(configuration_.environment, deadline) && reached;
      readiness.note_cache(reached);
    }
  }

  Task<bool> warm_at_start(Deadline deadline) {
    co_await reach_cache(deadline);
    co_await warming_.run_cold_start(deadline);
    co_return true;
  }

  /// On the engine's thread, as are the next two.
  Task<bool> thaw(bool renews_connections, Deadline deadline) {
    if (renews_connections) co_await renew_connections();
    if (!link_) co_return true;
    bool is_proven = co_await link_->prove(configuration_.environment, deadline);
    for (const auto& worker : workers_) {
      const auto reached = co_await application::run_on(
          worker->loop.executor(), worker->cache->wait_until_connected(deadline));
      is_proven = is_proven && reached;
    }
    co_return is_proven;
  }

  Task<void> renew_connections() {
    if (database_.postgres) database_.postgres->drop_present_connections();
    if (!link_) co_return;
    engine_cache_->renew_connection();
    redis_fleet_->renew_connections();
    warming_.renew_connection();
    for (const auto& worker : workers_) {
      (void)co_await application::run_on(worker->loop.executor(), renew(*worker));
    }
  }

  Task<bool> rest(Deadline deadline) {
    tell_lookups();
    const auto now = clock.steady_now();
    if (now >= next_flush_) {
      const auto written = co_await tracker_.flush(deadline);
      const bool had_some = !written || *written > 0;
      if (had_some) next_flush_ = now + configuration_.access_flush_interval;
    }
    if (now >= next_look_) {
      co_await reach_cache(deadline);
      const bool is_down = readiness.cache() == application::Readiness::DependencyState::down;
      next_look_ = now + (is_down ? unwatched_while_down : longest_unwatched);
      co_await warming_.look_after();
    }
    (void)co_await settle_changes(deadline);
    co_return true;
  }

  /// Keeps telling the truth about Redis when nobody reads: it is up when it has just told its
  /// time, and down when the connection is lost. A time that stands still says neither.
  Task<void> watch_cache() {
    constexpr std::chrono::milliseconds interval{500};
    Timer timer(engine().executor());
    std::optional<std::int64_t> last_time;
    while (engine_cache_) {
      timer.expires_after(interval);
      co_await timer.async_wait(use_task);
      const auto snapshot = engine_cache_->snapshot(configuration_.environment);
      if (!snapshot) {
        readiness.note_cache(false);
      } else if (std::exchange(last_time, snapshot->cache_time_ms) != snapshot->cache_time_ms) {
        readiness.note_cache(true);
      }
    }
  }

  /// The number of changes that are unsettled at the end.
  Task<std::size_t> settle_changes(Deadline deadline) {
    constexpr std::chrono::milliseconds poll{20};
    Timer timer(engine().executor());
    while (changes_.unsettled() > 0 && std::chrono::steady_clock::now() < deadline) {
      timer.expires_after(poll);
      co_await timer.async_wait(use_task);
    }
    co_return changes_.unsettled();
  }

  Task<void> follow_changes() { return reconciler_.run(); }

  application::Reconciler::Announce announce_written() {
    return [this](domain::Environment environment, std::vector<domain::FlagState> states) {
      return announcer_.publish(std::move(environment), std::move(states));
    };
  }

  /// Composed on the engine's thread, to which a part of it belongs.
  Task<std::string> metrics() {
    MetricsSources sources{.statistics = statistics,
                           .readiness = readiness,
                           .queries = queries_,
                           .operations = operations_,
                           .unsettled_changes = changes_.unsettled(),
                           .started_at = started_at_};
    for (const auto& worker : workers_) sources.requests.push_back(&worker->requests);
    co_return metrics_page(sources);
  }

  Task<void> keep_flushing() {
    Timer timer(engine().executor());
    while (true) {
      timer.expires_after(configuration_.access_flush_interval);
      co_await timer.async_wait(use_task);
      // A failure is logged by the tracker, which keeps the counts for the next time.
      (void)co_await tracker_.flush(application::deadline_in(flush_timeout));
    }
  }

 private:
  const Configuration configuration_;
  const Controls controls_;

 public:
  SystemClock clock;
  adapters::telemetry::Log log;
  application::Readiness readiness;
  application::CacheStatistics statistics;

 private:
  const domain::Timestamp started_at_ = clock.now();
  std::chrono::steady_clock::time_point next_flush_{};  ///< of `rest`
  std::chrono::steady_clock::time_point next_look_{};   ///< of `rest`
  adapters::telemetry::OperationMetrics operations_;
  /// Null but on Lambda, where CloudWatch reads what a function prints.
  const std::unique_ptr<adapters::telemetry::EmbeddedMetrics> cloud_metrics_{
      configuration_.is_frozen_between_requests
          ? std::make_unique<adapters::telemetry::EmbeddedMetrics>(clock,
                                                                   configuration_.environment)
          : nullptr};
  application::TelemetryFanOut telemetry_{telemetry_sinks()};

  std::vector<application::Telemetry*> telemetry_sinks() {
    std::vector<application::Telemetry*> sinks{&log, &operations_};
    if (cloud_metrics_) sinks.push_back(cloud_metrics_.get());
    return sinks;
  }

  void tell_lookups() {
    if (!cloud_metrics_) return;
    const auto lookups = statistics.total();
    cloud_metrics_->tell_lookups({lookups.hits, lookups.misses, statistics.database_reads()});
  }

  [[nodiscard]] adapters::redis::ConnectionSettings redis_settings() const {
    // The time that a writer has seen must be far younger than a snapshot may be.
    adapters::redis::ConnectionSettings settings;
    settings.heartbeat_interval =
        std::min(settings.heartbeat_interval, lifetimes_of(configuration_).max_age() / 4);
    return settings;
  }

  std::unique_ptr<adapters::redis::RedisFleet> make_fleet() {
    if (configuration_.redis_url.empty()) return nullptr;
    const auto endpoint = adapters::redis::parse_endpoint(configuration_.redis_url);
    return std::make_unique<adapters::redis::RedisFleet>(engine().executor(), *endpoint,
                                                         redis_settings(), clock);
  }

  std::unique_ptr<CacheAdapter> make_replacement() {
    if (!controls_.replace_cache) return nullptr;
    return controls_.replace_cache(engine().executor(), cache_of(engine_cache_));
  }

  /// The cache of the engine's thread, through which everything is written.
  CacheAdapter& engine_port() {
    if (replaced_cache_) return *replaced_cache_;
    return cache_of(engine_cache_);
  }

  std::unique_ptr<FleetLink> make_link() {
    if (!redis_fleet_) return nullptr;
    FleetLink::Settings settings;
    settings.lifetimes = lifetimes_of(configuration_);
    settings.keeps_copies = configuration_.near_cache_ttl.count() > 0;
    settings.compares_servers = controls_.compares_epochs_with_servers
                                    ? application::ComparesServers::yes
                                    : application::ComparesServers::no;
    settings.restored = [this](const domain::Environment& environment) {
      warming_.cache_restored(environment);
    };
    return std::make_unique<FleetLink>(
        FleetLink::Parts{engine().executor(), *redis_fleet_, fleet_, announcer_, flags_,
                         engine_port(), clock, log},
        settings);
  }

  std::unique_ptr<adapters::redis::RedisCache> make_redis(Executor executor) {
    if (configuration_.redis_url.empty()) return nullptr;
    const auto endpoint = adapters::redis::parse_endpoint(configuration_.redis_url);
    return std::make_unique<adapters::redis::RedisCache>(executor, *endpoint, redis_settings(),
                                                         clock, fleet_);
  }

  CacheAdapter& cache_of(const std::unique_ptr<adapters::redis::RedisCache>& redis) {
    if (redis) return *redis;
    return *memory_;
  }

  void add_worker(EventLoop& loop) {
    const auto executor = loop.executor();
    const application::NearCache::Settings near{.ttl = configuration_.near_cache_ttl};
    const application::FlagSnapshots::Settings snapshots{.ttl = configuration_.near_cache_ttl};
    const application::EntryRefresher::Settings refresh{.life = lifetimes_of(configuration_).known};
    // In place, because a refresher stays where its coroutines look for it.
    std::unique_ptr<Worker> worker(new Worker{.loop = loop,
                                              .cache = make_redis(executor),
                                              .near = application::NearCache(fleet_, near),
                                              .snapshots = {fleet_, snapshots},
                                              .refresher = {executor, loader_, refresh},
                                              .accesses = {},
                                              .requests = {},
                                              .service = nullptr});
    tracker_.add_counter(executor, worker->accesses);
    worker->service = std::make_unique<FeatureFlagService>(
        FeatureFlagService::Parts{engine().executor(), cache_of(worker->cache), worker->near,
                                  worker->snapshots, worker->accesses, loader_, worker->refresher,
                                  flags_, changes_, warming_.fleet(), statistics, readiness, clock},
        FeatureFlagService::Settings{});
    workers_.push_back(std::move(worker));
  }

  // In the order of their making; each outlives what is named below it. The loops come first,
  // because the database's thread completes its calls on them.
  Loops loops_;
  Database database_;
  application::QueryCounts queries_;
  application::CountingFlagRepository flags_;
  application::CountingAccessRepository accesses_;
  application::FleetView fleet_;
  std::unique_ptr<adapters::memory::MemoryCache> memory_;  ///< null with Redis
  std::unique_ptr<adapters::redis::RedisCache> engine_cache_;
  std::unique_ptr<CacheAdapter> replaced_cache_;  ///< null but in controls
  application::AccessTracker tracker_;
  application::FlagLoader loader_;
  std::unique_ptr<adapters::redis::RedisFleet> redis_fleet_;  ///< null without Redis
  application::ChangeAnnouncer announcer_;
  std::unique_ptr<FleetLink> link_;  ///< null without Redis
  application::ChangeWriter changes_;
  Warming warming_;
  application::Reconciler reconciler_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

Result<std::unique_ptr<Instance>> Instance::start(const Configuration& configuration,
                                                  const Controls& controls) {
  Loops loops;
  for (std::size_t i = 0; i < configuration.threads; ++i) {
    loops.workers.push_back(std::make_unique<EventLoop>());
  }
  auto database = open_database(configuration, loops.engine->executor());
  if (!database) return std::unexpected(std::move(database.error()));
  auto parts =
      std::make_unique<Parts>(configuration, controls, std::move(loops), std::move(*database));
  return std::unique_ptr<Instance>(new Instance(std::move(parts)));
}

Instance::Instance(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Instance::~Instance() = default;

std::size_t Instance::size() const { return parts_->workers().size(); }

EventLoop& Instance::loop(std::size_t worker) { return parts_->workers().at(worker)->loop; }

FeatureFlagService& Instance::service(std::size_t worker) {
  return *parts_->workers().at(worker)->service;
}

const application::Clock& Instance::clock() const { return parts_->clock; }

application::Telemetry& Instance::telemetry() { return parts_->log; }

application::Readiness& Instance::readiness() { return parts_->readiness; }

const application::CacheStatistics& Instance::statistics() const { return parts_->statistics; }

adapters::http::RequestMetrics& Instance::request_metrics(std::size_t worker) {
  return parts_->workers().at(worker)->requests;
}

Task<std::string> Instance::metrics() {
  return application::run_on(parts_->engine().executor(), parts_->metrics());
}

Result<void> Instance::wait_for_cache(Deadline deadline) {
  return parts_->wait_for_cache(deadline);
}

void Instance::begin_background_work() {
  const auto executor = parts_->engine().executor();
  boost::asio::co_spawn(executor, parts_->keep_warm(), boost::asio::detached);
  boost::asio::co_spawn(executor, parts_->keep_flushing(), boost::asio::detached);
  boost::asio::co_spawn(executor, parts_->follow_changes(), boost::asio::detached);
  boost::asio::co_spawn(executor, parts_->watch_cache(), boost::asio::detached);
}

void Instance::begin_interruptible_work() {
  const auto executor = parts_->engine().executor();
  boost::asio::co_spawn(executor, parts_->follow_changes(), boost::asio::detached);
  boost::asio::co_spawn(executor, parts_->watch_cache(), boost::asio::detached);
}

Task<bool> Instance::warm_at_start(Deadline deadline) {
  return application::run_on(parts_->engine().executor(), parts_->warm_at_start(deadline));
}

Task<bool> Instance::thaw(std::chrono::nanoseconds unseen, bool renews_connections,
                          Deadline deadline) {
  parts_->clock.add_unseen(unseen);
  return application::run_on(parts_->engine().executor(),
                             parts_->thaw(renews_connections, deadline));
}

Task<bool> Instance::rest(Deadline deadline) {
  return application::run_on(parts_->engine().executor(), parts_->rest(deadline));
}

void Instance::tag_log(const std::string& request_id, const std::string& trace_id) {
  parts_->log.tag(request_id, trace_id);
}

void Instance::flush_accesses() {
  (void)parts_->engine().run(parts_->tracker().flush(application::deadline_in(flush_timeout)));
}

void Instance::leave_fleet() { parts_->leave_fleet(); }

void Instance::stop() { parts_->stop(); }

void Instance::settle_changes() {
  constexpr std::chrono::seconds patience{2};
  const auto left =
      parts_->engine().run(parts_->settle_changes(application::deadline_in(patience)));
  if (left == 0) return;
  parts_->log.warning("stop", std::to_string(left) +
                                  " committed change(s) have not reached the cache; another "
                                  "server, or the next start, brings them");
}

}  // namespace hearth::bootstrap
