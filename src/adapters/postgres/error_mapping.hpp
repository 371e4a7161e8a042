#pragma once

#include <string_view>

#include "domain/error.hpp"

namespace hearth::adapters::postgres {

/// What a statement does when it succeeds, which decides what its loss means.
enum class Effect {
  reads,    ///< nothing, or nothing before a later COMMIT: losing it leaves all as it was
  changes,  ///< commits a change: once sent and lost, its outcome is not known
};

/// What becomes of the connection on which a statement failed.
enum class Aftermath {
  usable,  ///< the statement failed, the connection is fine
  lost,    ///< the connection is dead: throw it away; a read may be tried on another
};

struct StatementFailure {
  domain::Error error;
  Aftermath aftermath = Aftermath::usable;

  /// The dead connection shows that nothing happened: another one may do better.
  [[nodiscard]] bool may_be_tried_again() const noexcept {
    return aftermath == Aftermath::lost && error.code == domain::ErrorCode::unavailable;
  }
};

/// What the server said: its fields, as PostgreSQL's "Error and Notice Message Fields" names them.
struct ServerError {
  std::string_view severity;  ///< not localised: `ERROR`, `FATAL`, `PANIC`
  std::string_view sqlstate;  ///< five characters; empty if the failure is libpq's own
  std::string_view message;   ///< primary message, one line
};

/// An answer to a statement, in hearth's terms.
[[nodiscard]] StatementFailure translate(const ServerError& error, Effect effect);

/// A connection that broke while a statement was under way; `sent`: the server may have got it.
[[nodiscard]] StatementFailure connection_lost(std::string_view reason, Effect effect, bool sent);

/// The deadline passed while a statement was under way.
[[nodiscard]] StatementFailure deadline_passed(Effect effect, bool sent);

/// A connection that could not be made. `message` is libpq's, of PQERRORS_VERBOSE, so that it
/// holds the SQLSTATE. Wrong login, database or permission is `misconfigured`, all else
/// `unavailable`.
[[nodiscard]] domain::Error translate_connect_failure(std::string_view message);

/// The first line of a driver's message, without the end of line.
[[nodiscard]] std::string_view first_line(std::string_view message);

}  // namespace hearth::adapters::postgres
