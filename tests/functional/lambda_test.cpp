#include <gtest/gtest.h>

#include "functional/lambda_fixture.hpp"
#include "support/eventually.hpp"
#include "support/hearth_process.hpp"

namespace hearth::functional {
namespace {

using test_support::HearthFunction;
using namespace std::chrono_literals;

using Lambda = LambdaTest;

TEST_F(Lambda, HttpApiRequestIsAnsweredFromTheWarmCache) {
  const HearthFunction function(function_environment());
  const auto answer = answer_to(sample_event("http-api-request.json"));
  EXPECT_EQ(answer.status, 200) << function.errors();
  EXPECT_EQ(at(json_of(answer.body), "key").as_string(), "flag-1");
  EXPECT_EQ(at(answer.message, "headers.X-Cache").as_string(), "hit") << function.errors();
}

}  // namespace
}  // namespace hearth::functional
