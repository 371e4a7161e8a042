#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/hearth_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::test_support {

/// Where Lambda's zip has the program that it starts.
inline constexpr std::string_view lambda_bootstrap = "/var/task/bootstrap";

/// A zip for AWS Lambda, unpacked as `/var/task` of a folder that holds nothing else but
/// `/etc/hosts` (`database.internal` and `cache.internal` are 127.0.0.1) and an empty `/tmp`: no
/// loader, no library, no shell. Threading: one owner.
class LambdaRoot {
 public:
  /// Throws std::runtime_error if there is no such zip.
  explicit LambdaRoot(const std::filesystem::path& zip);

  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "root"; }
  [[nodiscard]] std::filesystem::path task() const { return path() / "var/task"; }

  /// The words that run a program of that path with the folder as its root. The process that they
  /// start becomes the program, so it is the program that gets its signals.
  [[nodiscard]] std::vector<std::string> command(std::string_view program) const;

  /// Runs `program` so, with nothing in its environment but `variables`, and waits for its end, a
  /// minute at most; it is killed then, and its exit code is -1.
  [[nodiscard]] CommandResult run(std::string_view program,
                                  const std::vector<std::string>& arguments,
                                  const Environment& variables = {}) const;

 private:
  TemporaryDirectory directory_;
};

}  // namespace hearth::test_support
