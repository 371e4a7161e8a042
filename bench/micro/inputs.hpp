#pragma once

#include <cstddef>
#include <vector>

#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::bench::micro {

/// `count` flags as a team has them: keys of 8 to some 50 characters, 24 in the middle,
/// descriptions of none to some 150, a fifth of the flags switched on. The same ones every time.
[[nodiscard]] std::vector<domain::Flag> flags(std::size_t count);

/// The one flag where a benchmark needs only one: on, with a key of 24 characters and a description
/// of 60, the medians of a public set of 270 flags.
[[nodiscard]] domain::Flag usual_flag();

/// The environment that a process belongs to.
[[nodiscard]] const domain::Environment& production();

}  // namespace hearth::bench::micro
