#include <gtest/gtest.h>

#include <filesystem>

#include "functional/lambda_fixture.hpp"
#include "functional/lambda_program.hpp"
#include "support/lambda_root.hpp"

namespace hearth::functional {
namespace {

const test_support::LambdaRoot& root() {
  static const test_support::LambdaRoot unpacked(HEARTH_LAMBDA_ZIP);
  return unpacked;
}

using LambdaProgram = LambdaTest;

// What all the other tests of the function rest on.
TEST_F(LambdaProgram, IsThatOfTheZipAndHasNothingElse) {
  auto function = start();
  ASSERT_TRUE(runtime.is_waited_on()) << function.errors();
  const std::filesystem::path process = "/proc/" + std::to_string(function.process().pid());
  const auto folder = std::filesystem::canonical(root().path());
  EXPECT_EQ(std::filesystem::read_symlink(process / "root"), folder);
  EXPECT_EQ(std::filesystem::read_symlink(process / "exe"), folder / "var/task/lib/loader");
  EXPECT_FALSE(std::filesystem::exists(process / "root/bin"));
  EXPECT_FALSE(std::filesystem::exists(process / "root/lib"));
}

}  // namespace

std::vector<std::string> lambda_program() { return root().command(test_support::lambda_bootstrap); }

}  // namespace hearth::functional
