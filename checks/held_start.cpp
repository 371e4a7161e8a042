#include "checks/held_start.hpp"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace hearth::checks {

HeldStart::HeldStart() {
  // For reading as well, so that neither this open nor a child's waits for another side.
  if (::mkfifo(pipe().c_str(), 0600) == 0) writer_ = ::open(pipe().c_str(), O_RDWR | O_CLOEXEC);
  if (writer_ < 0) throw std::runtime_error("cannot make a pipe in " + folder_.path().string());
}

HeldStart::~HeldStart() { let_go(); }

std::vector<std::string> HeldStart::command(const std::vector<std::string>& program) {
  std::vector<std::string> command{"sh", "-c", R"(read -r _; exec "$0" "$@")"};
  command.insert(command.end(), program.begin(), program.end());
  return command;
}

void HeldStart::let_go() {
  if (writer_ >= 0) ::close(writer_);
  writer_ = -1;
}

}  // namespace hearth::checks
