#include "adapters/memory/memory_cache.hpp"
#include "contract/cache_adapter_contract.hpp"
#include "support/manual_clock.hpp"

namespace hearth::contract {
namespace {

class MemoryFixture final : public CacheFixture {
 public:
  boost::asio::io_context& context() override { return context_; }
  application::CacheAdapter& cache() override { return cache_; }
  void let_pass(std::chrono::milliseconds time) override { clock_.advance(time); }

 private:
  boost::asio::io_context context_;
  test_support::ManualClock clock_;
  adapters::memory::MemoryCache cache_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, CacheAdapterContract,
                         testing::Values(CacheUnderTest{
                             "MemoryCache", [] { return std::make_unique<MemoryFixture>(); }}),
                         name_of_cache);

}  // namespace
}  // namespace hearth::contract
