#include "bench/validation_load.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <stdexcept>

#include "checks/fleet_bench.hpp"
#include "checks/pace.hpp"
#include "support/http_client.hpp"

namespace hearth::bench {

using Clock = std::chrono::steady_clock;

ValidationLoad::ValidationLoad(std::vector<std::uint16_t> ports, Options options)
    : ports_(std::move(ports)),
      options_(options),
      popularity_(options.flags, 1.0),
      reads_(options.threads) {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, i] { read(i); });
  }
}

ValidationLoad::~ValidationLoad() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
}

void ValidationLoad::read(std::size_t thread) {
  std::mt19937_64 random(thread + 1);
  std::optional<test_support::HttpConnection> connection;
  const auto threads = static_cast<double>(options_.threads);
  checks::Pace pace(static_cast<double>(options_.reads_per_second) / threads,
                    static_cast<double>(thread) / threads);
  while (!stopping_) {
    const auto path = checks::read_path(popularity_.choose(random));
    pace.wait();
    ValidationRead read{.sent = Clock::now()};
    try {
      if (!connection) connection.emplace(ports_[thread % ports_.size()]);
      const auto response = connection->request("GET", path);
      const auto source = response.header("X-Cache");
      read.answered = response.status == 200;
      read.hit = read.answered && (source == "hit" || source == "near");
    } catch (const std::runtime_error&) {
      connection.reset();
    }
    read.latency = Clock::now() - read.sent;
    reads_[thread].push_back(read);
  }
}

std::vector<ValidationRead> ValidationLoad::finish() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  std::vector<ValidationRead> all;
  for (const auto& reads : reads_) all.insert(all.end(), reads.begin(), reads.end());
  std::ranges::sort(all, {}, &ValidationRead::sent);
  return all;
}

}  // namespace hearth::bench
