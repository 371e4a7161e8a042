#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "application/deadline.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"

namespace hearth::adapters::lambda {

/// What Lambda wants done.
struct Invocation {
  std::string request_id;
  std::string trace_id;          ///< of X-Ray; may be empty
  domain::Timestamp deadline{};  ///< the function is stopped then
  std::string event;
};

/// What to do after an attempt to post something.
enum class PostStep {
  done,      ///< it was taken
  rejected,  ///< it will never be taken; the next invocation may
  retry,     ///< try again
  give_up,   ///< the Runtime API is broken: the process has to end
};

/// How an attempt ended.
struct PostAttempt {
  int status = 0;         ///< of the answer; 0: there was none
  int number = 1;         ///< the first is 1
  bool time_left = true;  ///< there is time for another one
};

/// A post is repeated when there was no answer, or a 5xx, a few times within its deadline. A 4xx
/// says that this post is wrong (too large, too late): after an attempt without an answer it may
/// also say that the first one has arrived.
[[nodiscard]] PostStep decide_post(PostAttempt attempt) noexcept;

/// The client of Lambda's Runtime API, version 2018-06-01
/// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), over one connection that is
/// kept and, when it is lost, made anew. Payloads are never logged.
/// Threading: the thread of its executor; one call at a time.
class RuntimeApi {
 public:
  static constexpr int most_attempts = 4;

  /// `address`: HOST:PORT, as AWS_LAMBDA_RUNTIME_API gives it.
  RuntimeApi(application::Executor executor, std::string_view address);
  ~RuntimeApi();
  RuntimeApi(const RuntimeApi&) = delete;
  RuntimeApi& operator=(const RuntimeApi&) = delete;

  /// Waits for the next invocation for as long as it takes: the process may be frozen meanwhile.
  /// `unavailable`: the Runtime API answered with an error, or could not be reached several times
  /// in a row; the process has to end.
  [[nodiscard]] application::Task<domain::Result<Invocation>> next();

  /// Gives an invocation's answer. `validation`: it was rejected (for good; the message says by
  /// which status); `unavailable`: as for `next`.
  [[nodiscard]] application::Task<domain::Result<void>> respond(std::string request_id,
                                                                std::string answer,
                                                                application::Deadline deadline);

  /// Says that an invocation failed. `type` is the error's, such as `Hearth.UnknownEvent`; `body`
  /// as of render_error. Fails as `respond` does.
  [[nodiscard]] application::Task<domain::Result<void>> report_error(
      std::string request_id, std::string type, std::string body, application::Deadline deadline);

  /// Says that the process cannot start; it has to end afterwards. Fails as `respond` does.
  [[nodiscard]] application::Task<domain::Result<void>> report_init_error(
      std::string type, std::string body, application::Deadline deadline);

 private:
  class Connection;

  application::Task<domain::Result<void>> post(std::string path, std::string type, std::string body,
                                               application::Deadline deadline);

  application::Executor executor_;
  std::string host_;
  std::string port_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hearth::adapters::lambda
