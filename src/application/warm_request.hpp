#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "domain/error.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// How many flags one request may name to be warmed.
inline constexpr std::size_t most_warm_keys = 1'000;

/// The flags that a request names to be warmed (`flagKeys`), whichever way it came. Repeated names
/// stay repeated. Fails with `validation` if there are none, more than `most_warm_keys`, or what is
/// no flag key. Pure.
[[nodiscard]] domain::Result<std::vector<domain::FlagKey>> parse_warm_keys(
    std::span<const std::string_view> names);

}  // namespace hearth::application
