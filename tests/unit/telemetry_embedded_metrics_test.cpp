#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fcntl.h>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

#include "adapters/telemetry/embedded_metrics.hpp"
#include "adapters/telemetry/log.hpp"
#include "support/embedded_metric_format.hpp"
#include "support/flags.hpp"
#include "support/manual_clock.hpp"

namespace hearth::adapters::telemetry {
namespace {

using namespace std::chrono_literals;
using test_support::embedded_metric_mistake;
using test_support::environment;
using test_support::ManualClock;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

application::WarmReport report_of_run() {
  application::WarmReport report{.id = "0123456789abcdef",
                                 .trigger = application::WarmTrigger::scheduled,
                                 .environment = environment("staging"),
                                 .error = std::nullopt};
  report.duration = 12'345'678ns;
  report.written = 10;
  report.unchanged = 6;
  report.newer = 4;
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A pipe whose end for reading is emptied by a thread, unless nobody is to read it.
class Pipe {
 public:
  enum class Reader { reads, stopped };

  explicit Pipe(Reader reader = Reader::reads) {
    if (pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
    if (reader == Reader::reads) start_reading();
  }
  ~Pipe() {
    static_cast<void>(text());
    close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int output() const { return ends_[1]; }

  /// Closes the end for writing and gives what came.
  [[nodiscard]] std::string text() {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
    if (reader_.joinable()) reader_.join();
    return text_;
  }

  void start_reading() {
    reader_ = std::thread([this] { read_all(); });
  }

 private:
  void read_all() {
    std::array<char, 1000> bytes{};
    ssize_t count = 0;
    while ((count = read(ends_[0], bytes.data(), bytes.size())) > 0) {
      text_.append(bytes.data(), static_cast<std::size_t>(count));
    }
  }

  std::array<int, 2> ends_{};
  std::string text_;
  std::thread reader_;
};

/// Standard error goes to a pipe, as it does on Lambda, while this lives.
class StandardErrorTo {
 public:
  explicit StandardErrorTo(int descriptor) : original_(dup(STDERR_FILENO)) {
    dup2(descriptor, STDERR_FILENO);
  }
  ~StandardErrorTo() {
    dup2(original_, STDERR_FILENO);
    close(original_);
  }
  StandardErrorTo(const StandardErrorTo&) = delete;
  StandardErrorTo& operator=(const StandardErrorTo&) = delete;

 private:
  int original_;
};

TEST(EmbeddedMetrics, WarmRunIsOneLineOfTheFormat) {
  const auto line = warm_run_line(report_of_run(), ManualClock().now());
  ASSERT_EQ(embedded_metric_mistake(line), "") << line;

  const auto root = boost::json::parse(line).as_object();
  EXPECT_EQ(root.at("Environment").as_string(), "staging");
  EXPECT_EQ(root.at("trigger").as_string(), "scheduled");
  EXPECT_EQ(root.at("cache_warming_duration").to_number<double>(), 12.346);
  EXPECT_EQ(root.at("cache_warming_flags_count").to_number<double>(), 20);
  EXPECT_EQ(root.at("cache_warming_errors").to_number<double>(), 0);
  const auto& metadata = root.at("_aws").as_object();
  EXPECT_EQ(metadata.at("Timestamp").as_int64(), 1'767'225'600'000);
  EXPECT_EQ(boost::json::serialize(metadata.at("CloudWatchMetrics")),
            R"([{"Namespace":"Hearth","Dimensions":[["Environment"]],"Metrics":[)"
            R"({"Name":"cache_warming_duration","Unit":"Milliseconds"},)"
            R"({"Name":"cache_warming_flags_count","Unit":"Count"},)"
            R"({"Name":"cache_warming_errors","Unit":"Count"}]}])");
}

TEST(EmbeddedMetrics, FailedRunIsOneErrorHoweverManyFlagsItMissed) {
  auto report = report_of_run();
  report.failed = 20;
  report.error = domain::Error{domain::ErrorCode::unavailable, "Redis said \"no\"\n"};
  const auto line = warm_run_line(report, ManualClock().now());
  EXPECT_EQ(embedded_metric_mistake(line), "") << line;
  EXPECT_THAT(line, HasSubstr(R"("cache_warming_errors":1})"));
}

TEST(EmbeddedMetrics, LookupsAreOneLineOfTheFormat) {
  const LookupTotals counts{.hits = 5'000'000'000, .misses = 1, .database_reads = 0};
  const auto line = lookups_line(environment("production"), counts, ManualClock().now());
  EXPECT_EQ(embedded_metric_mistake(line), "") << line;
  const auto root = boost::json::parse(line).as_object();
  EXPECT_EQ(root.at("Environment").as_string(), "production");
  EXPECT_EQ(root.at("cache_hits").to_number<double>(), 5e9);
  EXPECT_EQ(root.at("cache_misses").to_number<double>(), 1);
  EXPECT_EQ(root.at("database_reads").to_number<double>(), 0);
}

TEST(EmbeddedMetrics, LookupsAreToldAsGrowth) {
  Pipe pipe;
  const ManualClock clock;
  EmbeddedMetrics metrics(clock, environment("production"), pipe.output());
  metrics.tell_lookups({.hits = 3, .misses = 2, .database_reads = 1});
  metrics.tell_lookups({.hits = 3, .misses = 2, .database_reads = 1});
  metrics.tell_lookups({.hits = 10, .misses = 2, .database_reads = 1});
  const auto lines = lines_of(pipe.text());
  ASSERT_THAT(lines, SizeIs(2)) << "what has not grown is not told";
  EXPECT_THAT(lines[0], HasSubstr(R"("cache_hits":3,"cache_misses":2,"database_reads":1})"));
  EXPECT_THAT(lines[1], HasSubstr(R"("cache_hits":7,"cache_misses":0,"database_reads":0})"));
}

TEST(EmbeddedMetrics, LinesOfManyThreadsAndTheLogStayWhole) {
  // Longer than a pipe takes at once, so that a writer is stopped in the middle of its line.
  constexpr std::size_t long_message = 100'000;
  constexpr int threads = 4;
  constexpr int lines_each = 50;
  Pipe pipe;
  const ManualClock clock;
  EmbeddedMetrics metrics(clock, environment("production"), pipe.output());
  {
    const StandardErrorTo captured(pipe.output());
    Log log(LogLevel::info, LogFormat::json);
    const std::string message(long_message, 'x');
    std::vector<std::jthread> writers;
    for (int thread = 0; thread < threads; ++thread) {
      writers.emplace_back([&] {
        for (int line = 0; line < lines_each; ++line) {
          log.info("test", message);
          metrics.warm_run_finished(report_of_run());
        }
      });
    }
  }
  std::uint64_t metric_lines = 0;
  std::uint64_t log_lines = 0;
  for (const auto& line : lines_of(pipe.text())) {
    boost::json::error_code mistake;
    const auto document = boost::json::parse(line, mistake);
    ASSERT_FALSE(mistake) << "broken: " << line.substr(0, 200);
    const bool is_metric = document.as_object().contains("_aws");
    EXPECT_EQ(is_metric ? embedded_metric_mistake(line) : "", "");
    ++(is_metric ? metric_lines : log_lines);
  }
  EXPECT_EQ(metric_lines + metrics.lines_lost(), threads * lines_each);
  EXPECT_GT(metric_lines, 0U);
  EXPECT_EQ(log_lines, threads * lines_each);
}

TEST(EmbeddedMetrics, NobodyReadingDelaysACallerForAMomentOnlyAndLosesNoLookup) {
  Pipe pipe(Pipe::Reader::stopped);
  const ManualClock clock;
  EmbeddedMetrics metrics(clock, environment("production"), pipe.output());
  const auto begin = std::chrono::steady_clock::now();
  while (metrics.lines_lost() == 0) metrics.warm_run_finished(report_of_run());
  metrics.tell_lookups({.hits = 3});
  EXPECT_EQ(metrics.lines_lost(), 2U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);

  pipe.start_reading();
  metrics.tell_lookups({.hits = 5});
  const auto lines = lines_of(pipe.text());
  EXPECT_THAT(lines.back(), HasSubstr(R"("cache_hits":5,)"));
  EXPECT_TRUE(std::ranges::all_of(
      lines, [](const auto& line) { return embedded_metric_mistake(line).empty(); }));
}

}  // namespace
}  // namespace hearth::adapters::telemetry
