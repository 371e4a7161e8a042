#include "checks/staleness_load.hpp"

#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>

#include "checks/pace.hpp"

namespace hearth::checks {

using test_support::HttpConnection;
using test_support::HttpResponse;

namespace {

constexpr auto request_timeout = std::chrono::seconds(15);
constexpr std::size_t violations_told = 20;

/// Half of the time one of the contested flags, otherwise any.
std::size_t choose_flag(std::mt19937_64& random, std::size_t contested, std::size_t all) {
  const bool is_contested = random() % 2 == 0;
  return random() % (is_contested ? contested : all);
}

}  // namespace

void PhaseTally::add(const PhaseTally& other) {
  for (const auto& [source, count] : other.reads_by_source) reads_by_source[source] += count;
  for (const auto& [status, count] : other.changes_by_status) changes_by_status[status] += count;
  for (const auto& [words, count] : other.failures) failures[words] += count;
  failed_reads += other.failed_reads;
  read_times.add(other.read_times);
  acknowledgements.add(other.acknowledgements);
  bare_updates.add(other.bare_updates);
  through_stopped += other.through_stopped;
  warm_runs += other.warm_runs;
}

std::uint64_t PhaseTally::reads() const {
  std::uint64_t sum = 0;
  for (const auto& [source, count] : reads_by_source) sum += count;
  return sum;
}

/// Connections to every process, made when they are needed and again after they broke.
class StalenessLoad::Client {
 public:
  /// `each`: connections to a process, of which any may be used; a process may serve them on
  /// different threads.
  Client(FleetBench& fleet, std::size_t each, std::uint64_t seed)
      : fleet_(fleet), each_(each), random_(seed) {
    connections_.resize(fleet.members().size() * each);
  }

  HttpResponse request(std::size_t process, std::string_view method, const std::string& path,
                       const std::string& body = {}) {
    static const test_support::HttpHeaders no_headers;
    auto& connection = connections_[process * each_ + random_() % each_];
    const auto& headers = method == "GET" ? no_headers : admin_headers();
    try {
      if (!connection) {
        connection.emplace(fleet_.members()[process]->server->port(), request_timeout);
      }
      return connection->request(method, path, headers, body);
    } catch (const std::runtime_error&) {
      connection.reset();
      throw;
    }
  }

 private:
  FleetBench& fleet_;
  const std::size_t each_;
  std::mt19937_64 random_;
  std::vector<std::optional<HttpConnection>> connections_;
};

StalenessLoad::StalenessLoad(FleetBench& fleet, const Stage& stage, std::size_t phases,
                             LoadOptions options)
    : fleet_(fleet), stage_(stage), options_(options) {
  for (std::size_t i = 0; i < fleet.options().flags; ++i) {
    histories_.push_back(std::make_unique<ChangeHistory>());
  }
  const auto warmers_and_yardsticks = options.measures_bare_updates ? 2U : 1U;
  const auto threads = fleet.members().size() * options.readers_per_process + options.writers +
                       warmers_and_yardsticks;
  for (std::size_t i = 0; i < threads; ++i) tallies_.push_back(std::make_unique<Tallies>(phases));
}

StalenessLoad::~StalenessLoad() { stop(); }

void StalenessLoad::start() {
  std::size_t next = 0;
  const auto add = [&](auto work) {
    threads_.emplace_back([work, seed = options_.seed * 1'000 + next, &tallies = *tallies_[next]] {
      work(seed, tallies);
    });
    ++next;
  };
  for (std::size_t i = 0; i < fleet_.members().size() * options_.readers_per_process; ++i) {
    add([this, i](auto seed, Tallies& tallies) { read(i, seed, tallies); });
  }
  for (std::size_t i = 0; i < options_.writers; ++i) {
    add([this, i](auto seed, Tallies& tallies) { write(i, seed, tallies); });
  }
  add([this](auto seed, Tallies& tallies) { warm(seed, tallies); });
  if (options_.measures_bare_updates) {
    add([this](auto, Tallies& tallies) { measure_bare_updates(tallies); });
  }
}

void StalenessLoad::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

Tallies StalenessLoad::tallies() const {
  Tallies sum(tallies_.front()->size());
  for (const auto& one : tallies_) {
    for (std::size_t phase = 0; phase < sum.size(); ++phase) sum[phase].add((*one)[phase]);
  }
  return sum;
}

std::vector<Violation> StalenessLoad::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

std::size_t StalenessLoad::phase_since(std::size_t begin) const {
  const bool was_calm = begin == Stage::calm || begin == stage_.between_faults;
  return was_calm ? stage_.phase.load() : begin;
}

void StalenessLoad::report(Violation violation) {
  ++violation_count_;
  const std::lock_guard lock(mutex_);
  if (violations_.size() < violations_told) violations_.push_back(std::move(violation));
}

void StalenessLoad::read(std::size_t reader, std::uint64_t seed, Tallies& tallies) {
  const auto process = reader % fleet_.members().size();
  std::mt19937_64 random(seed);
  Client client(fleet_, 3, seed + 1);
  const auto readers = fleet_.members().size() * options_.readers_per_process;
  Pace pace(static_cast<double>(options_.reads_per_second) / static_cast<double>(readers),
            static_cast<double>(reader) / static_cast<double>(readers));
  while (!stopping_) {
    pace.wait();
    read_once(process, choose_flag(random, options_.contested_flags, histories_.size()), client,
              tallies);
  }
}

void StalenessLoad::read_once(std::size_t process, std::size_t flag, Client& client,
                              Tallies& tallies) {
  const auto& history = *histories_[flag];
  const auto path = read_path(flag);
  const auto phase = stage_.phase.load();
  const auto floor = history.acknowledged();
  const auto start = Clock::now();
  HttpResponse response;
  std::string failure;
  try {
    response = client.request(process, "GET", path);
    if (response.status != 200) failure = "status " + std::to_string(response.status);
  } catch (const std::runtime_error& error) {
    failure = error.what();
  }
  auto& tally = tallies[phase_since(phase)];
  if (!failure.empty()) {
    ++tally.failed_reads;
    ++tally.failures[failure];
    // Nobody deletes flags here, so "there is none" is a wrong answer, not a missing one.
    if (response.status != 404) return;
  }
  const auto end = Clock::now();
  const auto source = response.header("X-Cache");
  const auto number = response.status == 404 ? 0 : number_in(response.body);
  const auto verdict = history.judge(floor, number);
  ++tally.reads_by_source[source];
  tally.read_times.add(end - start);
  ++checked_reads_;
  if (verdict == ChangeHistory::Verdict::right) return;
  // It says itself that it may be outdated, and is counted as such: nobody was told otherwise.
  if (verdict == ChangeHistory::Verdict::outdated && source == "stale") return;
  report({flag, process, phase_since(phase), floor, number, verdict, source, start, end,
          history.recent()});
}

void StalenessLoad::write(std::size_t writer, std::uint64_t seed, Tallies& tallies) {
  std::mt19937_64 random(seed);
  Client client(fleet_, 2, seed + 1);
  Pace pace(
      static_cast<double>(options_.changes_per_second) / static_cast<double>(options_.writers),
      static_cast<double>(writer) / static_cast<double>(options_.writers));
  const auto processes = fleet_.members().size();
  while (!stopping_) {
    pace.wait();
    // A flag has one writer, so that the order of its changes is known.
    const auto any = choose_flag(random, options_.contested_flags, histories_.size());
    const auto flag = any - any % options_.writers + writer;
    if (flag >= histories_.size()) continue;
    auto process = random() % processes;
    if (writer % 2 == 0 && static_cast<int>(process) == stage_.stopped) {
      process = (process + 1) % processes;
    }
    write_once(process, flag, client, tallies);
  }
}

void StalenessLoad::write_once(std::size_t process, std::size_t flag, Client& client,
                               Tallies& tallies) {
  auto& history = *histories_[flag];
  const auto phase = stage_.phase.load();
  bool held_up = stage_.stopped == static_cast<int>(process);
  Change change;
  change.number = history.begin();
  change.process = process;
  change.sent = Clock::now();
  try {
    const auto response =
        client.request(process, "PATCH", "/api/admin/flags/" + flag_name(flag),
                       R"({"description":")" + description_of(change.number) + R"("})");
    change.status = response.status;
    const auto version = response.body.find(R"("version":)");
    if (version != std::string::npos)
      change.version = std::stoull(response.body.substr(version + 10));
  } catch (const std::runtime_error&) {
    change.status = 0;
  }
  change.answered = Clock::now();
  history.end(change);
  held_up |= stage_.stopped == static_cast<int>(process);
  auto& tally = tallies[phase_since(phase)];
  ++tally.changes_by_status[change.status];
  if (!change.acknowledged()) return;
  if (held_up) {
    ++tally.through_stopped;
  } else {
    tally.acknowledgements.add(change.answered - change.sent);
  }
}

void StalenessLoad::warm(std::uint64_t seed, Tallies& tallies) {
  std::mt19937_64 random(seed);
  Client client(fleet_, 1, seed + 1);
  std::string contested = R"({"flagKeys":[)";
  for (std::size_t flag = 0; flag < options_.contested_flags; ++flag) {
    contested += (flag == 0 ? "\"" : ",\"") + flag_name(flag) + "\"";
  }
  contested += "]}";
  Pace pace(1'000.0 / static_cast<double>(options_.warm_run_interval.count()));
  while (!stopping_) {
    pace.wait();
    const auto process = random() % fleet_.members().size();
    if (static_cast<int>(process) == stage_.stopped) continue;
    try {
      (void)client.request(process, "POST", "/api/admin/cache/warm",
                           random() % 4 == 0 ? std::string() : contested);
      ++tallies[stage_.phase].warm_runs;
    } catch (const std::runtime_error&) {
      // A warm run that fails is nobody's business here: reads and changes tell.
    }
  }
}

void StalenessLoad::measure_bare_updates(Tallies& tallies) {
  test_support::PostgresSession session(fleet_.database_url());
  (void)session.execute("CREATE TEMPORARY TABLE bare (n int); INSERT INTO bare VALUES (0)");
  Pace pace(static_cast<double>(options_.changes_per_second));
  while (!stopping_) {
    pace.wait();
    const auto start = Clock::now();
    (void)session.execute("UPDATE bare SET n = n + 1");
    tallies[stage_.phase].bare_updates.add(Clock::now() - start);
  }
}

}  // namespace hearth::checks
