#include "bench/instruction_count.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {
namespace {

constexpr auto file_name = "callgrind.out";
constexpr std::size_t rehearsals = 1'000;

/// What identifies a part in a line of callgrind_annotate; the first that is found counts.
constexpr auto parts = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"malloc/", "memory allocation"},
    {"operator new", "memory allocation"},
    {"operator delete", "memory allocation"},
    {"libboost_url", "Boost.URL"},
    {"libboost_json", "Boost.JSON"},
    {"JsonWriter", "writing JSON"},
    {"nptl/", "mutexes"},
    {"/string/", "copying and comparing bytes"},
    {"hearth::adapters::http", "hearth: http"},
    {"hearth::adapters::redis", "hearth: redis"},
    {"hearth::adapters", "hearth: other adapters"},
    {"hearth::application", "hearth: application"},
    {"hearth::domain", "hearth: domain"},
    {"boost::beast", "Boost.Beast"},
    {"boost::asio", "Boost.Asio"},
    {"std::", "standard library"},
});

std::string run_tool(const std::vector<std::string>& command,
                     test_support::ChildOptions options = {}) {
  const test_support::TemporaryDirectory folder;
  options.standard_output = folder.path() / "output";
  options.standard_error = options.standard_output;
  auto child = test_support::ChildProcess::start(command, options);
  const auto status = child.wait(std::chrono::seconds(60));
  std::ifstream file(*options.standard_output, std::ios::binary);
  std::string output(std::istreambuf_iterator<char>(file), {});
  if (status != 0) throw std::runtime_error(command.at(0) + " failed: " + output);
  return output;
}

/// Where a program under callgrind listens for what it is told to do.
std::string pipe_prefix(const std::filesystem::path& folder) {
  return "--vgdb-prefix=" + (folder / "vgdb-pipe").string();
}

void control(pid_t process, const std::filesystem::path& folder, const std::string& what) {
  // The pipe's name holds what the program's environment says of user and host, so that whoever
  // is to find it must have the same one.
  test_support::ChildOptions options;
  options.inherit_environment = false;
  std::ifstream environment("/proc/" + std::to_string(process) + "/environ", std::ios::binary);
  for (std::string entry; std::getline(environment, entry, '\0');) {
    for (const auto* name : {"PATH=", "HOST=", "USER=", "LOGNAME="}) {
      if (entry.starts_with(name)) options.environment.push_back(entry);
    }
  }
  const auto output =
      run_tool({"callgrind_control", pipe_prefix(folder), what, std::to_string(process)}, options);
  // It ends with 0 too when it has found nobody.
  if (output.find("OK") == std::string::npos || output.find("failed") != std::string::npos)
    throw std::runtime_error("callgrind: " + output);
}

/// `1,234,567 (12.3%)  file:function [object]`: the number; nothing in another kind of line.
std::optional<double> instructions_in(std::string_view line) {
  const auto begin = line.find_first_not_of(' ');
  const auto end = line.find(" (");
  if (begin == std::string_view::npos || end == std::string_view::npos || end <= begin) {
    return std::nullopt;
  }
  double number = 0;
  for (const char character : line.substr(begin, end - begin)) {
    if (character == ',') continue;
    if (character < '0' || character > '9') return std::nullopt;
    number = 10 * number + (character - '0');
  }
  return number;
}

std::string part_of(std::string_view line) {
  for (const auto& [sign, part] : parts) {
    if (line.find(sign) != std::string_view::npos) return std::string(part);
  }
  return "other";
}

/// Whether no thread of the process has anything to do: all are in the state `S` of proc(5).
bool all_threads_sleep(pid_t process) {
  const auto tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::ifstream file(task.path() / "stat");
    const std::string line(std::istreambuf_iterator<char>(file), {});
    // The name in parentheses may have any characters; a thread that has just ended has no line.
    const auto name_end = line.rfind(") ");
    if (name_end != std::string::npos && line[name_end + 2] != 'S') return false;
  }
  return true;
}

/// Makes a request of a server that waits for one. A server looks once more for the next request
/// before it goes to sleep; whether it finds it would otherwise depend on who else computes, and
/// with it how many instructions are executed.
bool request_of_sleeper(pid_t process, const std::function<bool()>& request) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!all_threads_sleep(process)) {
    if (std::chrono::steady_clock::now() > limit) {
      throw std::runtime_error("The server does not come to rest");
    }
    std::this_thread::yield();
  }
  return request();
}

void rehearse(pid_t process, const std::function<bool()>& request) {
  std::size_t in_a_row = 0;
  for (std::size_t i = 0; i < 50 * rehearsals && in_a_row < rehearsals; ++i) {
    in_a_row = request_of_sleeper(process, request) ? in_a_row + 1 : 0;
  }
  if (in_a_row < rehearsals) throw std::runtime_error("The answers are not those to be counted");
}

/// A file for each thread: callgrind.out.1-02.
std::vector<std::string> dumped_files(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(std::string(file_name) + ".1-")) files.push_back(entry.path().string());
  }
  return files;
}

}  // namespace

std::vector<std::string> under_callgrind(const std::filesystem::path& folder) {
  return {"valgrind",
          "--tool=callgrind",
          "--instr-atstart=no",
          "--separate-threads=yes",
          "--callgrind-out-file=" + (folder / file_name).string(),
          pipe_prefix(folder)};
}

std::map<std::string, double> parse_annotation(std::string_view text) {
  std::map<std::string, double> by_part;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.find("PROGRAM TOTALS") != std::string_view::npos) continue;
    if (const auto instructions = instructions_in(line)) by_part[part_of(line)] += *instructions;
  }
  return by_part;
}

InstructionCount count_instructions(pid_t process, const std::filesystem::path& folder,
                                    std::string_view server_function, std::size_t requests,
                                    const std::function<bool()>& request) {
  control(process, folder, "--instr=on");
  rehearse(process, request);
  control(process, folder, "--zero");
  std::size_t others = 0;
  for (std::size_t i = 0; i < requests; ++i) others += request_of_sleeper(process, request) ? 0 : 1;
  if (others > requests / 100)
    throw std::runtime_error("The answers do not stay those to be counted");
  control(process, folder, "--dump");
  for (const auto& file : dumped_files(folder)) {
    const auto text = run_tool({"callgrind_annotate", "--threshold=100", file});
    if (text.find(server_function) == std::string::npos) continue;
    InstructionCount count;
    for (const auto& [part, instructions] : parse_annotation(text)) {
      count.by_part[part] = instructions / static_cast<double>(requests);
      count.per_request += count.by_part[part];
    }
    return count;
  }
  throw std::runtime_error("callgrind has counted nothing in " + std::string(server_function));
}

}  // namespace hearth::bench
