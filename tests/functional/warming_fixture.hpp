#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "functional/failure_fixture.hpp"
#include "support/tcp_gate.hpp"

namespace hearth::functional {

/// Keeps every query of a database's flags waiting until its end (the server gives reads up after
/// 5 s and a warm run after 10).
class HeldFlags {
 public:
  /// Holds when it is made.
  explicit HeldFlags(std::string database);
  ~HeldFlags() { release(); }
  HeldFlags(const HeldFlags&) = delete;
  HeldFlags& operator=(const HeldFlags&) = delete;

  /// Lets the queries go on. Nothing happens the second time.
  void release();

 private:
  std::string database_;
  std::thread session_;
};

/// Processes that warm, over a PostgreSQL that counts its statements and a Redis of their own.
class WarmingTest : public FailureTest {
 protected:
  WarmingTest();

  /// Settings of a server that reaches the database through `gate`.
  [[nodiscard]] test_support::Environment through(const test_support::TcpGate& gate) const;

  /// Starts a server and does not wait for more than its being alive.
  [[nodiscard]] test_support::HearthServer::Options starting(
      const test_support::Environment& more = {}) const;

  /// How often the database was asked for the hottest flags.
  [[nodiscard]] int bulk_queries() const;

  /// How many of the nine flags are in Redis.
  [[nodiscard]] std::size_t warm_flags() const;

  /// The token of who holds the warming lock; empty if nobody does.
  [[nodiscard]] std::string lock_holder() const;

  /// The marker; null if there is none.
  [[nodiscard]] boost::json::value marker() const;

  /// The records that a server tells, newest first, of this trigger.
  [[nodiscard]] static std::vector<boost::json::value> runs(
      const test_support::HearthServer& server, std::string_view trigger);
};

inline constexpr auto marker_key = "feature_flags_fleet:production:warming";
inline constexpr auto lock_key = "feature_flags_fleet:production:warming:lock";

}  // namespace hearth::functional
