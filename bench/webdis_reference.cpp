#include "bench/webdis_reference.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>

#include "bench/reference_process.hpp"
#include "support/free_port.hpp"

namespace hearth::bench {

WebdisReference::WebdisReference(std::uint16_t redis_port, std::size_t redis_connections)
    : port_(test_support::free_port()) {
  const auto configuration = folder_.path() / "webdis.json";
  const boost::json::object settings{{"redis_host", "127.0.0.1"},
                                     {"redis_port", redis_port},
                                     {"http_host", "127.0.0.1"},
                                     {"http_port", port_},
                                     {"threads", 1},
                                     {"pool_size", redis_connections},
                                     {"daemonize", false},
                                     {"verbosity", 0},
                                     {"logfile", (folder_.path() / "webdis.log").string()}};
  std::ofstream(configuration) << boost::json::serialize(settings);
  process_.emplace(
      start_reference({"webdis", configuration.string()}, port_, "/PING", folder_.path() / "log"));
}

}  // namespace hearth::bench
