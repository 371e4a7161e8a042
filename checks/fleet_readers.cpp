#include "checks/fleet_readers.hpp"

#include <random>
#include <stdexcept>

#include "checks/fleet_bench.hpp"
#include "checks/pace.hpp"

namespace hearth::checks {

using test_support::HttpConnection;

namespace {

constexpr auto request_timeout = std::chrono::seconds(15);

}  // namespace

struct FleetReaders::Process {
  std::uint16_t port = 0;
  std::optional<HttpConnection> connection;  ///< its thread only
  mutable std::mutex mutex;
  StartRecord record;  ///< under mutex
};

FleetReaders::FleetReaders(std::vector<std::uint16_t> ports, Options options) : options_(options) {
  for (const auto port : ports) {
    processes_.push_back(std::make_unique<Process>());
    processes_.back()->port = port;
  }
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] { read(i); });
  }
}

FleetReaders::~FleetReaders() { stop(); }

void FleetReaders::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::vector<StartRecord> FleetReaders::records() const {
  std::vector<StartRecord> records;
  for (const auto& process : processes_) {
    const std::lock_guard lock(process->mutex);
    records.push_back(process->record);
  }
  return records;
}

void FleetReaders::read(std::size_t thread) {
  std::mt19937_64 random(thread + 1);
  Pace pace(static_cast<double>(options_.reads_per_second) / static_cast<double>(options_.threads));
  for (std::size_t i = thread; !stopping_; i += options_.threads) {
    if (i >= processes_.size()) i = thread;
    pace.wait();
    if (i < processes_.size()) read_once(i, random() % options_.warmed_flags);
  }
}

void FleetReaders::note_failure(std::size_t index, const std::string& words) {
  auto& process = *processes_[index];
  process.connection.reset();
  if (forgiven_ == static_cast<int>(index)) return;
  const std::lock_guard lock(process.mutex);
  if (process.record.failed++ == 0) process.record.failure = words;
}

void FleetReaders::read_once(std::size_t index, std::size_t flag) {
  auto& process = *processes_[index];
  if (!process.connection) {
    try {
      process.connection.emplace(process.port, request_timeout);
    } catch (const std::runtime_error& error) {
      // Only this thread writes the record.
      if (process.record.first_answer) note_failure(index, error.what());
      return;
    }
  }
  try {
    const auto response = process.connection->request("GET", read_path(flag));
    const auto now = Clock::now();
    if (response.status != 200) {
      note_failure(index, "status " + std::to_string(response.status) + " " + response.body);
      return;
    }
    const auto source = response.header("X-Cache");
    const std::lock_guard lock(process.mutex);
    auto& record = process.record;
    if (!record.first_answer) record.first_answer = now;
    ++record.reads;
    if (source == "hit" || source == "near") return;
    ++record.misses;
    record.last_miss = now;
  } catch (const std::runtime_error& error) {
    note_failure(index, error.what());
  }
}

}  // namespace hearth::checks
