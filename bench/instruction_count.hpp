#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::bench {

/// What a server's thread executes in user mode for one request. Unlike time, it is the same on a
/// busy machine; the kernel's part is not in it.
struct InstructionCount {
  double per_request = 0;
  std::map<std::string, double> by_part;  ///< "memory allocation", "Boost.URL", ...
};

/// The beginning of a command line that runs a program under callgrind, which writes what it has
/// counted into `folder`. It counts nothing before `count_instructions`.
[[nodiscard]] std::vector<std::string> under_callgrind(const std::filesystem::path& folder);

/// Makes so many requests and divides what the serving thread of `process` (begun with
/// `under_callgrind(folder)`) has executed by that number. `request` makes one and tells whether it
/// was answered as is to be counted; the count begins when that was so for a while, because the
/// program stops for a moment when callgrind begins. Each is made when all threads of the process
/// sleep, so that the count is the same on a busy machine. The serving thread is the one that has
/// been in a function with `server_function` in its name. Throws std::runtime_error if callgrind
/// does not do as asked, if there is no such thread, or if the answers do not become such.
[[nodiscard]] InstructionCount count_instructions(pid_t process,
                                                  const std::filesystem::path& folder,
                                                  std::string_view server_function,
                                                  std::size_t requests,
                                                  const std::function<bool()>& request);

/// Of the text that callgrind_annotate prints: instructions by part of the program.
[[nodiscard]] std::map<std::string, double> parse_annotation(std::string_view text);

}  // namespace hearth::bench
