#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/hearth_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::functional {

/// The zip for AWS Lambda, packaged from the binaries under test and unpacked as `/var/task` of a
/// folder that holds nothing else but `/etc/hosts` (`database.internal` and `cache.internal` are
/// 127.0.0.1) and an empty `/tmp`: no loader, no library, no shell. Throws std::runtime_error.
/// Threading: one owner.
class LambdaRoot {
 public:
  LambdaRoot();

  [[nodiscard]] const std::filesystem::path& zip() const noexcept { return zip_; }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "root"; }
  [[nodiscard]] std::filesystem::path task() const { return path() / "var/task"; }

  /// The words that run a program of that path with the folder as its root.
  [[nodiscard]] std::vector<std::string> command(std::string_view program) const;

  /// Runs `program` so, with nothing in its environment but `variables`, and waits for its end.
  [[nodiscard]] test_support::CommandResult run(
      std::string_view program, const std::vector<std::string>& arguments,
      const test_support::Environment& variables = {}) const;

 private:
  test_support::TemporaryDirectory directory_;
  std::filesystem::path zip_;
};

/// Packages the binaries under test into that folder; the zip.
[[nodiscard]] std::filesystem::path make_lambda_zip(const std::filesystem::path& folder);

}  // namespace hearth::functional
