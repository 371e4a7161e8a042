// How long the function of AWS Lambda takes from the start of its process until it asks for its
// first invocation, with a warm run and without, and then to answer it; beside other programs that
// are started by the same means. 50 rounds, 5 with `--quick`.
#include <sys/syscall.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

#include "bench/lambda_table.hpp"
#include "bench/options.hpp"
#include "bench/results_file.hpp"
#include "support/child_process.hpp"
#include "support/lambda_root.hpp"
#include "support/lambda_runtime.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

namespace hearth::bench {
namespace {

using std::chrono::steady_clock;
using test_support::ChildOptions;
using test_support::ChildProcess;
using test_support::Environment;
using test_support::LambdaRoot;
using test_support::LambdaRuntime;

constexpr auto patience = std::chrono::seconds(20);
constexpr int default_rounds = 50;
constexpr std::size_t hottest_flags = 20;  // what a warm run is for unless told otherwise

double milliseconds(steady_clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// Until the kernel says that the process has ended: no polling makes it longer.
void wait_for_end(ChildProcess& process) {
  // C++ cannot call pidfd_open of glibc 2.36, whose header forgets that it is C.
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, process.pid(), 0));
  pollfd ended{.fd = descriptor, .events = POLLIN, .revents = 0};
  const int count = poll(&ended, 1, std::chrono::milliseconds(patience).count());
  if (descriptor >= 0) close(descriptor);
  if (count != 1) throw std::runtime_error("a reference does not end");
}

/// A thousand flags; flag-1 is the hottest.
void store_flags(const std::string& url) {
  test_support::execute(url,
                        "INSERT INTO feature_flags (flag_key, environment, enabled, description) "
                        "SELECT 'flag-' || n, 'production', true, 'Offers the payment method "
                        "number ' || n || ' in the checkout.' FROM generate_series(1, 1000) n");
  test_support::execute(url,
                        "INSERT INTO feature_flag_access (flag_id, request_count, "
                        "last_accessed_at, heat) SELECT id, 1, now(), "
                        "1000 - substr(flag_key, 6)::int FROM feature_flags");
  test_support::execute(url, "VACUUM ANALYZE");
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What is started: the function, and programs to compare it with, all through `chroot`.
class Bench {
 public:
  Bench() : database_(postgres_.create_database()) {
    const auto migrated =
        root_.run(test_support::lambda_bootstrap, {"migrate"}, {{"DATABASE_URL", database_}});
    if (migrated.exit_code != 0) throw std::runtime_error(migrated.err);
    store_flags(database_);
  }

  /// One start with Redis empty, and two invocations.
  void start_function(FunctionStarts& starts, const Environment& more) {
    redis_.run({"FLUSHALL"});
    LambdaRuntime runtime;
    auto options = with_variables({{"AWS_LAMBDA_RUNTIME_API", runtime.address()},
                                   {"DATABASE_URL", database_},
                                   {"REDIS_URL", redis_.url()}});
    for (const auto& [name, value] : more) options.environment.push_back(name + "=" + value);
    const auto errors = folder_.path() / "errors";
    options.standard_error = errors;

    const auto begun = steady_clock::now();
    const auto process =
        ChildProcess::start(root_.command(test_support::lambda_bootstrap), options);
    if (!runtime.is_waited_on(patience)) {
      throw std::runtime_error("the function does not start: " + text_of(errors));
    }
    starts.init.ms.push_back(milliseconds(runtime.asked_at() - begun));
    const auto keys = redis_.command({"KEYS", "feature_flags:production:flag-*"}).elements;
    if (keys.size() >= hottest_flags) ++starts.warmed;
    if (invoke(runtime, starts.first)) ++starts.hits;
    invoke(runtime, starts.second);
  }

  /// One start of `program` until its end.
  void start_reference(Timings& timings, const std::vector<std::string>& program) {
    const auto begun = steady_clock::now();
    auto process = ChildProcess::start(with_this_root(program), with_variables({}));
    wait_for_end(process);
    timings.ms.push_back(milliseconds(steady_clock::now() - begun));
    if (process.wait(patience) != 0) throw std::runtime_error(program.front() + " fails");
  }

  /// One start of curl until it asks for an invocation.
  void start_curl(Timings& timings) {
    LambdaRuntime runtime;
    const auto begun = steady_clock::now();
    const auto process = ChildProcess::start(
        with_this_root(
            {"curl", "-s", "http://" + runtime.address() + "/2018-06-01/runtime/invocation/next"}),
        with_variables({}));
    if (!runtime.is_waited_on(patience)) throw std::runtime_error("curl does not start");
    timings.ms.push_back(milliseconds(runtime.asked_at() - begun));
  }

  [[nodiscard]] const std::string& database() const { return database_; }
  [[nodiscard]] std::string redis_port() const { return std::to_string(redis_.port()); }

  /// One start of the packaged binary that does nothing but load.
  void start_version(Timings& timings) {
    auto command = root_.command(test_support::lambda_bootstrap);
    command.emplace_back("--version");
    const auto begun = steady_clock::now();
    auto process = ChildProcess::start(command, with_variables({}));
    wait_for_end(process);
    timings.ms.push_back(milliseconds(steady_clock::now() - begun));
  }

 private:
  static ChildOptions with_variables(const Environment& variables) {
    ChildOptions options;
    options.inherit_environment = false;
    options.environment.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    for (const auto& [name, value] : variables) options.environment.push_back(name + "=" + value);
    return options;
  }

  /// As the function's command, but the root is the system's.
  [[nodiscard]] std::vector<std::string> with_this_root(
      const std::vector<std::string>& program) const {
    auto words = root_.command(program.front());
    words.at(words.size() - 2) = "/";
    words.insert(words.end(), program.begin() + 1, program.end());
    return words;
  }

  /// Whether the answer came from the cache.
  bool invoke(LambdaRuntime& runtime, Timings& timings) const {
    const auto result = runtime.result_of(runtime.invoke(event_), patience);
    if (!result || result->body.find(R"("statusCode":200)") == std::string::npos) {
      throw std::runtime_error("no answer, but " + (result ? result->body : "nothing"));
    }
    timings.ms.push_back(milliseconds(result->arrived - result->event_given));
    return result->body.find(R"("X-Cache":"hit")") != std::string::npos ||
           result->body.find(R"("X-Cache":"near")") != std::string::npos;
  }

  const LambdaRoot root_{HEARTH_LAMBDA_ZIP};
  const std::string event_ = text_of(HEARTH_LAMBDA_EVENT);
  const test_support::TemporaryDirectory folder_;
  test_support::PostgresServer postgres_;
  const test_support::RedisServer redis_;
  const std::string database_;
};

LambdaFigures measure(int rounds) {
  Bench bench;
  LambdaFigures figures;
  figures.warm = {.init = {"start to next, with a warm run", "init", {}},
                  .first = {"  first invocation", "first", {}},
                  .second = {"  second invocation", "second", {}}};
  figures.cold = {.init = {"start to next, without a warm run", "init", {}},
                  .first = {"  first invocation", "first", {}},
                  .second = {"  second invocation", "second", {}}};
  Timings version{"bootstrap --version, to its end", "bootstrap --version", {}};
  Timings curl{"curl, start to next", "curl", {}};
  Timings psql{"psql -c 'select 1', to its end", "psql", {}};
  Timings redis{"redis-cli ping, to its end", "redis-cli", {}};
  Timings nothing{"true, to its end", "true", {}};
  // What the first start finds to be read from the disk, the others find in memory: not counted.
  FunctionStarts uncounted;
  bench.start_function(uncounted, {});
  // Not the `psql` of PATH: Debian's is a script in Perl that looks for this one.
  const auto server = std::filesystem::canonical(test_support::postgres_program("postgres"));
  const auto psql_path = server.parent_path() / "psql";
  for (int round = 0; round < rounds; ++round) {
    bench.start_function(figures.warm, {});
    bench.start_function(figures.cold, {{"LAMBDA_INIT_WARM_MS", "0"}});
    bench.start_version(version);
    bench.start_curl(curl);
    bench.start_reference(psql, {psql_path.string(), bench.database(), "-c", "select 1"});
    bench.start_reference(redis, {"redis-cli", "-p", bench.redis_port(), "ping"});
    bench.start_reference(nothing, {"true"});
  }
  figures.references = {version, curl, psql, redis, nothing};
  return figures;
}

void run(const Options& options) {
  const auto figures = measure(options.quick ? 5 : default_rounds);
  print_table(figures);
  write_results("lambda", as_json(figures));
  write_plot("lambda", plot_of(figures, machine_text()));
}

}  // namespace
}  // namespace hearth::bench

int main(int count, char** arguments) {
  return hearth::bench::run_scenario(count, arguments, hearth::bench::run);
}
