#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "adapters/http/router.hpp"
#include "application/counters.hpp"

namespace hearth::adapters::http {

/// The requests of one thread's server, counted by route and by class of the answer's status.
/// Requests that could not be read (and so have no route, and no beginning) are left out.
/// Threading: one thread writes, any thread reads.
class RequestMetrics {
 public:
  /// A request is being answered for as long as this lives, however that ends.
  class UnderWay {
   public:
    explicit UnderWay(RequestMetrics& metrics) : metrics_(metrics) { metrics_.begun_.add(); }
    ~UnderWay() { metrics_.ended_.add(); }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

   private:
    RequestMetrics& metrics_;
  };

  /// 2xx to 5xx.
  static constexpr std::size_t status_classes = 4;

  /// An answer was made in that time. `route` is absent if nothing was found at the path, or the
  /// caller was not let in before it was looked for.
  void answered(std::optional<Route> route, int status,
                std::chrono::nanoseconds duration) noexcept {
    durations_[place_of(route)][class_of(status)].record(duration);
  }

  [[nodiscard]] std::uint64_t in_flight() const noexcept {
    // In this order, so that what ends meanwhile is not taken off without having been added.
    const auto ended = ended_.value();
    const auto begun = begun_.value();
    return begun > ended ? begun - ended : 0;
  }

  /// The durations of the answers with a status of 100 * (`status_class` + 2) and up.
  [[nodiscard]] application::HistogramReading durations(std::optional<Route> route,
                                                        std::size_t status_class) const noexcept {
    return durations_[place_of(route)][status_class].reading();
  }

 private:
  using Counter = application::OwnedCounter;
  using ByStatus = std::array<application::DurationHistogram<Counter>, status_classes>;

  static std::size_t place_of(std::optional<Route> route) noexcept {
    return route ? static_cast<std::size_t>(*route) + 1 : 0;
  }
  static std::size_t class_of(int status) noexcept {
    const auto hundreds = static_cast<std::size_t>(status < 200 ? 2 : status / 100);
    return hundreds > status_classes + 1 ? status_classes - 1 : hundreds - 2;
  }

  std::array<ByStatus, route_count + 1> durations_;
  Counter begun_;
  Counter ended_;
};

}  // namespace hearth::adapters::http
