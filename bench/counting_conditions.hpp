#pragma once

#include "bench/instruction_baseline.hpp"

namespace hearth::bench {

/// What the instructions of the `hearth` beside this program depend on, apart from its own code:
/// the architecture, the compiler and Boost that both were built with, and the C library. Not the
/// processor's features, by which that one chooses how to copy and compare: without AVX2, BMI2,
/// ERMS and FSRM (GLIBC_TUNABLES) a read came to the same within what repeated counts differ by.
[[nodiscard]] CountingConditions counting_conditions();

}  // namespace hearth::bench
