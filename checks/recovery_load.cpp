#include "checks/recovery_load.hpp"

#include <optional>
#include <random>
#include <stdexcept>

#include "checks/pace.hpp"

namespace hearth::checks {

using test_support::HttpConnection;

RecoveryLoad::RecoveryLoad(FleetBench& fleet, Options options)
    : fleet_(fleet), options_(options), popularity_(fleet.options().flags, 1.0) {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    answers_.push_back(std::make_unique<std::vector<Answer>>());
  }
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] { read(i); });
  }
}

RecoveryLoad::~RecoveryLoad() { stop(); }

void RecoveryLoad::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void RecoveryLoad::note_failure(const std::string& words) {
  ++failed_;
  const std::lock_guard lock(mutex_);
  if (failure_.empty()) failure_ = words;
}

void RecoveryLoad::read(std::size_t thread) {
  std::mt19937_64 random(thread + 1);
  const auto port = fleet_.members()[thread % fleet_.members().size()]->server->port();
  std::optional<HttpConnection> connection;
  Pace pace(static_cast<double>(options_.reads_per_second) / static_cast<double>(options_.threads));
  while (!stopping_) {
    pace.wait();
    const auto flag = popularity_.choose(random);
    try {
      if (!connection) connection.emplace(port);
      const auto response = connection->request("GET", read_path(flag));
      ++reads_;
      if (response.status != 200) {
        note_failure("status " + std::to_string(response.status));
        continue;
      }
      const auto source = response.header("X-Cache");
      answers_[thread]->push_back({Clock::now(), source == "hit" || source == "near"});
    } catch (const std::runtime_error& error) {
      connection.reset();
      note_failure(error.what());
    }
  }
}

HitRateHistory RecoveryLoad::around(Clock::time_point event, std::chrono::milliseconds before,
                                    std::chrono::milliseconds after) const {
  HitRateHistory history(before, after);
  for (const auto& answers : answers_) {
    for (const auto& answer : *answers) history.count(answer.time - event, answer.hit);
  }
  return history;
}

}  // namespace hearth::checks
