#pragma once

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "application/ports/access_repository.hpp"
#include "application/ports/flag_repository.hpp"

namespace hearth::test_support {

/// What the store holds about the accesses of one flag, read past the repository.
struct StoredAccess {
  std::int64_t request_count = 0;
  domain::Timestamp last_accessed_at{};
  double heat = 0;
};

/// An empty, migrated store and the repositories on it.
class RepositoryUnderTest {
 public:
  virtual ~RepositoryUnderTest() = default;
  [[nodiscard]] virtual application::FlagRepository& flags() = 0;
  [[nodiscard]] virtual application::AccessRepository& accesses() = 0;
  /// The thread of the test runs it while it waits.
  [[nodiscard]] virtual boost::asio::io_context& context() = 0;
  /// Changes the store past the repository, as somebody at a shell would.
  virtual void execute_by_hand(const std::string& sql) = 0;
  [[nodiscard]] virtual std::optional<StoredAccess> stored_access(
      const domain::Environment& environment, const domain::FlagKey& key) = 0;
};

/// How a suite gets a fresh one.
using MakeRepository = std::unique_ptr<RepositoryUnderTest> (*)();

/// Every sentence of FlagRepository's and AccessRepository's contracts. Instantiate it with
/// INSTANTIATE_TEST_SUITE_P in a test file of the adapter.
class FlagRepositoryContract : public testing::TestWithParam<MakeRepository> {};

}  // namespace hearth::test_support
