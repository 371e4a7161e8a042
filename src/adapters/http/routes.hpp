#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/authorization.hpp"
#include "adapters/http/flag_target.hpp"
#include "adapters/http/message.hpp"
#include "adapters/http/router.hpp"
#include "adapters/http/target.hpp"
#include "application/feature_flag_service.hpp"
#include "application/task.hpp"

namespace hearth::adapters::http {

/// A page for those who collect metrics, in the format that its type names.
struct MetricsText {
  std::string_view content_type;  ///< of static storage
  std::string body;
};

/// What became of a request that was answered at once.
struct PromptAnswer {
  Route route;
  int status;
  std::chrono::steady_clock::time_point answered_at;
};

/// Answers requests, whatever brought them: each handler parses, calls one use case and renders.
/// Threading: as the service it is given.
class Routes {
 public:
  /// Gives what /metrics shows now.
  using MetricsPage = std::function<application::Task<MetricsText>()>;

  struct Parts {
    application::FeatureFlagService& service;
    const Authorization& authorization;
    const application::CacheStatistics& statistics;
    const application::Readiness& readiness;
    MetricsPage metrics;
    domain::Environment default_environment;
  };

  explicit Routes(Parts parts) : parts_(std::move(parts)) {}

  /// Never fails: what goes wrong is an answer too.
  [[nodiscard]] application::Task<Response> handle(Request request);

  // A GET of one flag, or of its value for a user, that says nothing else, in three steps. Each
  // appends to `out` the message that `handle` leads to as well. What `asked` is a view into must
  // stay until its answer is there.

  /// The first: answers at once, on a connection that stays open, if the thread holds a copy of the
  /// flag. Nothing has happened otherwise. `begin`: when the request was read.
  [[nodiscard]] std::optional<PromptAnswer> answer_promptly(
      const FlagTarget& asked, std::chrono::steady_clock::time_point begin, std::string& out);

  /// A read that waits for the shared cache.
  struct SharedRead {
    domain::Environment environment;
    domain::FlagKeyView key;  ///< as `asked`
    application::BegunRead begun;
  };
  /// Nothing: a name is not valid, as `handle` is to say.
  [[nodiscard]] std::optional<SharedRead> begin_read(const FlagTarget& asked,
                                                     std::chrono::steady_clock::time_point begin);

  /// What to await then, and to take the second step with at once; `read` stays until it is there.
  [[nodiscard]] application::Task<domain::Result<application::CacheRead>> ask_cache(
      const SharedRead& read) {
    return parts_.service.ask_cache(read.environment, read.key, read.begun);
  }

  /// The second: answers if the shared cache held a live flag. Nothing has happened otherwise.
  [[nodiscard]] std::optional<PromptAnswer> answer_hit(
      const FlagTarget& asked, const SharedRead& read,
      const domain::Result<application::CacheRead>& found, bool keep_alive, std::string& out);

  /// The third: the answer to all others, which nearly always waits for the database.
  [[nodiscard]] application::Task<Response> finish_read(
      FlagTarget asked, SharedRead read, domain::Result<application::CacheRead> found);

 private:
  /// A request that has found its route.
  struct Call {
    Request request;
    Target target;
    RouteMatch match;
    domain::Environment environment;
  };

  application::Task<Response> dispatch(Call call);
  application::Task<Response> dispatch_admin(Call call);

  static Route route_of(const FlagTarget& asked) {
    return asked.evaluates ? Route::evaluate_flag : Route::get_flag;
  }
  static Response public_answer(std::string body, application::ReadSource source);
  application::Task<Response> evaluate_all(Call call);
  application::Task<Response> get_flag(Call call);
  application::Task<Response> evaluate_flag(Call call);
  void append_read(std::string& out, const FlagTarget& asked, const domain::FlagView& flag,
                   application::ReadSource source, bool keep_alive);
  [[nodiscard]] Response liveness() const;
  [[nodiscard]] Response readiness() const;
  application::Task<Response> metrics() const;

  application::Task<Response> list_flags(Call call);
  application::Task<Response> create_flag(Call call);
  application::Task<Response> find_flag(Call call);
  application::Task<Response> update_flag(Call call);
  application::Task<Response> delete_flag(Call call);
  application::Task<Response> warm(Call call);
  application::Task<Response> warmings(Call call);
  application::Task<Response> warming(Call call);
  application::Task<Response> statistics(Call call);

  Parts parts_;
  std::string body_;  ///< of the answer that is being written; kept for its room
};

}  // namespace hearth::adapters::http
