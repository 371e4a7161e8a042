#include "bench/counting_conditions.hpp"

#include <boost/version.hpp>
#include <gnu/libc-version.h>
#include <sys/utsname.h>

#include <stdexcept>

namespace hearth::bench {
namespace {

std::string architecture() {
  utsname system{};
  if (uname(&system) != 0) throw std::runtime_error("uname does not answer");
  return system.machine;
}

std::string compiler() {
#if defined(__clang__)
  return "clang++ " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

}  // namespace

CountingConditions counting_conditions() {
  return {{"architecture", architecture()},
          {"Boost", BOOST_LIB_VERSION},
          {"C library", std::string("glibc ") + gnu_get_libc_version()},
          {"compiler", compiler()}};
}

}  // namespace hearth::bench
