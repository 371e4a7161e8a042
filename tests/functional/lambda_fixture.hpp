#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "functional/warming_fixture.hpp"
#include "support/hearth_process.hpp"
#include "support/lambda_runtime.hpp"

namespace hearth::functional {

/// An HTTP answer as an event's service gets it.
struct ServiceAnswer {
  int status = 0;
  boost::json::value message;  ///< all of it
  std::string body;
};

/// hearth as a Lambda function over a PostgreSQL and a Redis of its own, and the Runtime API that
/// drives it.
class LambdaTest : public WarmingTest {
 protected:
  /// Settings of a function; `more` goes before them.
  [[nodiscard]] test_support::Environment function_environment(
      const test_support::Environment& more = {}) const;

  /// Starts the function under test with these settings, and does not wait for it.
  [[nodiscard]] test_support::HearthFunction start(
      const test_support::Environment& more = {}) const;

  /// An event that asks for this path of the HTTP API.
  [[nodiscard]] static std::string request_event(std::string_view path,
                                                 std::string_view method = "GET");

  /// Invokes the function and reads what it answers; fails the test if that is an error or nothing.
  ServiceAnswer answer_to(std::string event,
                          std::chrono::milliseconds time = std::chrono::seconds(10));

  test_support::LambdaRuntime runtime;
};

/// A recorded event of tests/data/lambda.
[[nodiscard]] std::string sample_event(std::string_view file);

}  // namespace hearth::functional
