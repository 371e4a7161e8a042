#include "adapters/memory/memory_warming_records.hpp"
#include "contract/warming_records_contract.hpp"
#include "support/manual_clock.hpp"

namespace hearth::contract {
namespace {

class MemoryRecordsFixture final : public WarmingRecordsFixture {
 public:
  boost::asio::io_context& context() override { return context_; }
  application::WarmingRecords& records() override { return records_; }
  void let_pass(std::chrono::milliseconds time) override { clock_.advance(time); }

 private:
  boost::asio::io_context context_;
  test_support::ManualClock clock_;
  adapters::memory::MemoryWarmingRecords records_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, WarmingRecordsContract,
                         testing::Values(WarmingRecordsUnderTest{
                             "MemoryWarmingRecords",
                             [] { return std::make_unique<MemoryRecordsFixture>(); }}),
                         name_of_records);

}  // namespace
}  // namespace hearth::contract
