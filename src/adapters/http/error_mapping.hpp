#pragma once

#include <string_view>

#include "adapters/http/message.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::http {

/// Who reads an answer: the details of a failing dependency are for administrators alone.
enum class Audience { everybody, administrators };

/// The one place where hearth's errors become HTTP: status, code and message.
[[nodiscard]] Response error_response(const domain::Error& error, Audience audience);

/// `{"error":code,"message":message}` with that status, for what HTTP itself refuses.
[[nodiscard]] Response protocol_error(int status, std::string_view code, std::string_view message);

}  // namespace hearth::adapters::http
