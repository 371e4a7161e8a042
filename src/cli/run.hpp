#pragma once

#include "bootstrap/controls.hpp"

namespace hearth::cli {

/// The whole command line; returns the process's exit code. `controls`: what `serve` is to run
/// without, in tests' controls.
int run(int argc, char** argv, const bootstrap::Controls& controls = {});

}  // namespace hearth::cli
