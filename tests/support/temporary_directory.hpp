#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace hearth::test_support {

/// Where temporary folders are made: in memory if there is plenty of room and programs may run
/// from there, since how long a disk takes to flush would decide tests of deadlines; else where
/// the system wants them, which TMPDIR says. Threading: any.
[[nodiscard]] inline std::filesystem::path temporary_root() {
  constexpr auto memory = "/dev/shm";
  constexpr std::uint64_t plenty = std::uint64_t{4} << 30;
  struct statvfs found{};
  const bool asked_otherwise = std::getenv("TMPDIR") != nullptr;
  if (!asked_otherwise && statvfs(memory, &found) == 0 && (found.f_flag & ST_NOEXEC) == 0 &&
      std::uint64_t{found.f_bavail} * found.f_frsize >= plenty) {
    return memory;
  }
  return std::filesystem::temp_directory_path();
}

/// A new, empty folder that disappears with its object. Mode 0755, so that a server which has
/// dropped to another user can reach it. Throws std::runtime_error if it cannot be made.
/// Threading: one owner.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    auto pattern = (temporary_root() / "hearth-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("cannot make a temporary folder like " + pattern);
    }
    path_ = pattern;
    std::filesystem::permissions(path_, static_cast<std::filesystem::perms>(0755));
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace hearth::test_support
