#pragma once

#include <cstdint>

namespace hearth::test_support {

/// A TCP port that is free on 127.0.0.1 at this moment. Outside the range that the kernel gives to
/// outgoing connections where it can be, and never the same twice in a process, so that tests
/// running side by side rarely meet; whoever starts a server on it should still try again with
/// another if that fails. Throws std::runtime_error if none is found.
[[nodiscard]] std::uint16_t free_port();

}  // namespace hearth::test_support
