#pragma once

#include <string>

#include "bootstrap/configuration.hpp"
#include "domain/error.hpp"

namespace hearth::bootstrap {

/// What is usual on Lambda: one thread, because an instance has one request at a time; no near
/// copies, because nobody should wait for a process that is frozen; counts written once a minute.
[[nodiscard]] Variables lambda_defaults();

/// Works off invocations of the Runtime API at `runtime_api` (HOST:PORT) until that breaks, which
/// is the error that it returns: the process has to end. It gets its first invocation once what
/// can be warmed within the budget (LAMBDA_INIT_WARM_MS) is warm.
[[nodiscard]] domain::Result<void> serve_invocations(Configuration configuration,
                                                     const std::string& runtime_api);

/// Tells the Runtime API why this process cannot start; what cannot be told is printed.
void report_init_error(const std::string& runtime_api, const domain::Error& error);

}  // namespace hearth::bootstrap
