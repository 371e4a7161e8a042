#include <gtest/gtest.h>

#include "adapters/postgres/login_circuit.hpp"

namespace hearth::adapters::postgres {
namespace {

using namespace std::chrono_literals;
using Time = LoginCircuit::Time;

constexpr LoginCircuit::Settings settings{.backoff = {.first = 100ms, .most = 1000ms},
                                          .patience = 4000ms};
constexpr Time start{1h};

TEST(LoginCircuit, IsClosedAndTriesAtOnceBeforeAnyFailure) {
  const LoginCircuit circuit(settings);
  EXPECT_FALSE(circuit.is_open(start));
  EXPECT_LE(circuit.next_try(), start);
}

TEST(LoginCircuit, RefusalOpensItUntilTheBackoffIsOver) {
  LoginCircuit circuit(settings);
  circuit.failed(LoginFailureKind::refused, start, start, 0);
  EXPECT_TRUE(circuit.is_open(start));
  EXPECT_TRUE(circuit.is_open(start + 49ms));
  EXPECT_FALSE(circuit.is_open(start + 50ms));
  EXPECT_EQ(circuit.next_try(), start + 50ms);
}

TEST(LoginCircuit, SlowLoginKeepsItClosedButWaitsBeforeTheNext) {
  LoginCircuit circuit(settings);
  circuit.failed(LoginFailureKind::slow, start, start + 3s, 0);
  EXPECT_FALSE(circuit.is_open(start + 3s));
  EXPECT_EQ(circuit.next_try(), start + 3s + 50ms);
}

TEST(LoginCircuit, SlowLoginsForLongerThanThePatienceOpenIt) {
  LoginCircuit circuit(settings);
  circuit.failed(LoginFailureKind::slow, start, start + 3s, 0);
  circuit.failed(LoginFailureKind::slow, start + 3s, start + 3999ms, 0);
  EXPECT_FALSE(circuit.is_open(start + 3999ms));
  circuit.failed(LoginFailureKind::slow, start + 4s, start + 4s, 0);
  EXPECT_TRUE(circuit.is_open(start + 4s));
}

TEST(LoginCircuit, BackoffGrowsWithEachFailure) {
  LoginCircuit circuit(settings);
  circuit.failed(LoginFailureKind::refused, start, start, 0);
  circuit.failed(LoginFailureKind::refused, start, start, 0);
  EXPECT_EQ(circuit.next_try(), start + 100ms);
}

TEST(LoginCircuit, SuccessForgetsEverything) {
  LoginCircuit circuit(settings);
  circuit.failed(LoginFailureKind::slow, start, start + 3s, 0);
  circuit.succeeded(start + 4s);
  EXPECT_LE(circuit.next_try(), start);
  circuit.failed(LoginFailureKind::refused, start + 3s, start + 4s, 0);
  EXPECT_FALSE(circuit.is_open(start + 4s)) << "it began before the success";
  // Counted from this failure, not from the one before the success.
  circuit.failed(LoginFailureKind::slow, start + 5s, start + 6s, 0);
  EXPECT_FALSE(circuit.is_open(start + 6s));
  EXPECT_EQ(circuit.next_try(), start + 6s + 50ms);
}

}  // namespace
}  // namespace hearth::adapters::postgres
