#include "bench/relay_reference.hpp"

#include <fstream>

#include "bench/reference_process.hpp"
#include "support/free_port.hpp"

namespace hearth::bench {

RelayReference::RelayReference(std::uint16_t redis_port, const std::string& key,
                               const std::string& answer)
    : port_(test_support::free_port()) {
  const auto file = folder_.path() / "answer";
  std::ofstream(file, std::ios::binary) << answer;
  process_.emplace(start_reference(
      {HEARTH_RELAY, std::to_string(port_), std::to_string(redis_port), key, file.string()}, port_,
      "/", folder_.path() / "log"));
}

}  // namespace hearth::bench
