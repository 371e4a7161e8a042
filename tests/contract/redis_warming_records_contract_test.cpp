#include <thread>

#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/redis_warming_records.hpp"
#include "contract/warming_records_contract.hpp"
#include "support/redis_server.hpp"
#include "support/run_task.hpp"

namespace hearth::contract {
namespace {

class RedisRecordsFixture final : public WarmingRecordsFixture {
 public:
  RedisRecordsFixture()
      : records_(context_.get_executor(), adapters::redis::parse_endpoint(server_.url()).value(),
                 adapters::redis::ConnectionSettings{}) {
    test_support::run_task(
        context_, records_.wait_until_connected(application::deadline_in(std::chrono::seconds(10))))
        .value();
  }

  boost::asio::io_context& context() override { return context_; }
  application::WarmingRecords& records() override { return records_; }
  // Redis's own clock goes on by itself; nothing is awaited here but its time.
  void let_pass(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

  [[nodiscard]] const test_support::RedisServer& server() const { return server_; }

 private:
  test_support::RedisServer server_;
  boost::asio::io_context context_{1};
  adapters::redis::RedisWarmingRecords records_;
};

INSTANTIATE_TEST_SUITE_P(Redis, WarmingRecordsContract,
                         testing::Values(WarmingRecordsUnderTest{
                             "RedisWarmingRecords",
                             [] { return std::make_unique<RedisRecordsFixture>(); }}),
                         name_of_records);

/// What belongs to Redis alone.
class RedisWarmingRecordsTest : public testing::Test {
 protected:
  [[nodiscard]] application::WarmingState look() {
    return test_support::run_task(fixture_.context(),
                                  fixture_.records().look(environment_, deadline()))
        .value();
  }
  [[nodiscard]] static application::Deadline deadline() {
    return application::deadline_in(std::chrono::seconds(10));
  }

  const domain::Environment environment_ = test_support::environment("production");
  RedisRecordsFixture fixture_;
};

TEST_F(RedisWarmingRecordsTest, FlushedScriptCacheDoesNotMatter) {
  (void)look();
  fixture_.server().run({"SCRIPT", "FLUSH"});
  EXPECT_FALSE(look().locked);
}

TEST_F(RedisWarmingRecordsTest, NamesAndLifeAreThoseOfTheContract) {
  application::WarmingLockRequest request{"token", std::chrono::milliseconds(5'000), std::nullopt};
  test_support::run_task(fixture_.context(),
                         fixture_.records().acquire(environment_, request, deadline()))
      .value();
  const auto& server = fixture_.server();
  constexpr auto lock = "feature_flags_fleet:production:warming:lock";
  EXPECT_EQ(server.command({"GET", lock}).text, "token");
  const auto left = server.command({"PTTL", lock}).integer;
  EXPECT_GT(left, 0);
  EXPECT_LE(left, 5'000);
}

TEST_F(RedisWarmingRecordsTest, UnreadableMarkerIsNoneAndDoesNotStandInTheWay) {
  for (const auto* garbage : {"", "{}", "nonsense", R"({"run":"x"})"}) {
    fixture_.server().run({"SET", "feature_flags_fleet:production:warming", garbage});
    const auto state = look();
    EXPECT_FALSE(state.marker) << garbage;
    application::WarmingLockRequest request{"token", std::chrono::milliseconds(5'000),
                                            state.marker_identity};
    EXPECT_TRUE(test_support::run_task(fixture_.context(), fixture_.records().acquire(
                                                               environment_, request, deadline()))
                    ->acquired)
        << garbage;
    fixture_.server().run({"DEL", "feature_flags_fleet:production:warming:lock"});
  }
}

TEST_F(RedisWarmingRecordsTest, WrongTypeIsAnErrorThatSaysSo) {
  fixture_.server().run({"LPUSH", "feature_flags_fleet:production:warming", "x"});
  const auto state =
      test_support::run_task(fixture_.context(), fixture_.records().look(environment_, deadline()));
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, domain::ErrorCode::unavailable);
}

TEST_F(RedisWarmingRecordsTest, UnreadableRecordsAreLeftOut) {
  fixture_.server().run({"LPUSH", "feature_flags_fleet:production:warming:runs", "nonsense"});
  EXPECT_TRUE(test_support::run_task(fixture_.context(),
                                     fixture_.records().recent(environment_, deadline()))
                  ->empty());
}

}  // namespace
}  // namespace hearth::contract
