#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace hearth::checks {

/// Processes that stand at the door until all are let go in the same moment: each is a shell that
/// waits for the end of a pipe and then becomes the program. Threading: one owner.
class HeldStart {
 public:
  /// Throws std::runtime_error if there can be no pipe.
  HeldStart();
  /// Lets go.
  ~HeldStart();
  HeldStart(const HeldStart&) = delete;
  HeldStart& operator=(const HeldStart&) = delete;

  /// What to run instead of `program` and its first arguments; its standard input must be `pipe()`.
  [[nodiscard]] static std::vector<std::string> command(const std::vector<std::string>& program);
  [[nodiscard]] std::filesystem::path pipe() const { return folder_.path() / "pipe"; }

  /// All at once, and once.
  void let_go();

 private:
  test_support::TemporaryDirectory folder_;
  int writer_ = -1;  ///< the pipe ends when this is closed
};

}  // namespace hearth::checks
