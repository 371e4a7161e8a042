#pragma once

#include <string>

#include "bootstrap/instance.hpp"
#include "domain/error.hpp"

namespace hearth::bootstrap {

/// Imports the data set that comes with hearth (270 real flags, see data/README.md) if the
/// environment has no flag yet. Returns how many flags were imported.
[[nodiscard]] domain::Result<std::size_t> import_demo_flags(Instance& instance,
                                                            const domain::Environment& environment);

/// A token nobody can guess: 32 hexadecimal digits from the operating system's generator.
[[nodiscard]] std::string make_token();

}  // namespace hearth::bootstrap
