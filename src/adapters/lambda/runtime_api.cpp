#include "adapters/lambda/runtime_api.hpp"

#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <charconv>
#include <optional>

#include "application/sleep_for.hpp"

namespace hearth::adapters::lambda {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using application::Deadline;
using application::Executor;
using application::Task;
using application::use_task;
using domain::ErrorCode;
using domain::fail;
using domain::Result;

using Message = http::request<http::string_body>;
using Answer = http::response<http::string_body>;

constexpr std::string_view root = "/2018-06-01/runtime/";
/// Lambda's own limit of a request is 6 MB; the event around it is a little larger.
constexpr std::uint64_t most_event_bytes = std::uint64_t{16} << 20;
constexpr std::chrono::milliseconds connect_timeout{1000};
constexpr std::chrono::milliseconds first_pause{20};

std::string_view header(const Answer& answer, std::string_view name) {
  const auto value = answer[beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

domain::Timestamp deadline_of(const Answer& answer) {
  const auto text = header(answer, "Lambda-Runtime-Deadline-Ms");
  std::int64_t milliseconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  return domain::Timestamp(std::chrono::milliseconds(milliseconds));
}

/// 20, 40, 80 ms: the Runtime API is on the same machine.
std::chrono::milliseconds pause_after(int attempt) { return first_pause * (1 << (attempt - 1)); }

}  // namespace

PostStep decide_post(PostAttempt attempt) noexcept {
  if (attempt.status >= 200 && attempt.status < 300) return PostStep::done;
  if (attempt.status >= 400 && attempt.status < 500) return PostStep::rejected;
  const bool again = attempt.number < RuntimeApi::most_attempts && attempt.time_left;
  return again ? PostStep::retry : PostStep::give_up;
}

class RuntimeApi::Connection {
 public:
  explicit Connection(Executor executor) : executor_(executor), stream_(executor) {}

  /// Sends `message` and reads the answer; nothing if there is none, or not by the deadline. None:
  /// waits for ever.
  Task<std::optional<Answer>> exchange(std::string host, std::string port, Message message,
                                       std::optional<Deadline> deadline) {
    beast::error_code failure;
    if (!open_) {
      const bool opened = co_await connect(std::move(host), std::move(port), deadline);
      if (!opened) co_return std::nullopt;
    }
    set_deadline(deadline);
    co_await http::async_write(stream_, message, asio::redirect_error(use_task, failure));
    http::response_parser<http::string_body> parser;
    parser.body_limit(most_event_bytes);
    if (!failure) {
      co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(use_task, failure));
    }
    if (failure || !parser.keep_alive()) close();
    if (failure) co_return std::nullopt;
    co_return parser.release();
  }

 private:
  using Stream = beast::basic_stream<asio::ip::tcp, Executor>;

  Task<bool> connect(std::string host, std::string port, std::optional<Deadline> deadline) {
    beast::error_code failure;
    using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
    Resolver resolver(executor_);
    // An address is what Lambda gives; only a name is worth the thread that looks it up.
    auto found = resolver.resolve(host, port, Resolver::numeric_host, failure);
    if (failure) {
      found = co_await resolver.async_resolve(host, port, asio::redirect_error(use_task, failure));
    }
    if (failure) co_return false;
    const auto soon = application::deadline_in(connect_timeout);
    set_deadline(deadline ? std::min(*deadline, soon) : soon);
    co_await stream_.async_connect(found, asio::redirect_error(use_task, failure));
    open_ = !failure;
    if (failure) {
      close();
      co_return false;
    }
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), failure);
    co_return true;
  }

  void set_deadline(std::optional<Deadline> deadline) {
    if (deadline) {
      stream_.expires_at(*deadline);
    } else {
      stream_.expires_never();
    }
  }

  void close() {
    open_ = false;
    buffer_.clear();
    stream_.close();
  }

  Executor executor_;
  Stream stream_;
  beast::flat_buffer buffer_;
  bool open_ = false;
};

RuntimeApi::RuntimeApi(Executor executor, std::string_view address)
    : executor_(executor), connection_(std::make_unique<Connection>(executor)) {
  const auto colon = address.rfind(':');
  host_ = address.substr(0, colon);
  port_ = colon == std::string_view::npos ? "80" : std::string(address.substr(colon + 1));
}

RuntimeApi::~RuntimeApi() = default;

Task<Result<Invocation>> RuntimeApi::next() {
  for (int attempt = 1; attempt <= most_attempts; ++attempt) {
    Message message(http::verb::get, std::string(root) + "invocation/next", 11);
    message.set(http::field::host, host_);
    const auto answer =
        co_await connection_->exchange(host_, port_, std::move(message), std::nullopt);
    if (answer && answer->result_int() == 200) {
      Invocation invocation;
      invocation.request_id = header(*answer, "Lambda-Runtime-Aws-Request-Id");
      invocation.trace_id = header(*answer, "Lambda-Runtime-Trace-Id");
      invocation.deadline = deadline_of(*answer);
      invocation.event = answer->body();
      co_return invocation;
    }
    if (answer) {
      co_return fail(ErrorCode::unavailable, "The Runtime API answered " +
                                                 std::to_string(answer->result_int()) +
                                                 " to the request for the next invocation");
    }
    co_await application::sleep_for(executor_, pause_after(attempt));
  }
  co_return fail(ErrorCode::unavailable,
                 "The Runtime API at " + host_ + ":" + port_ + " cannot be reached");
}

Task<Result<void>> RuntimeApi::respond(std::string request_id, std::string answer,
                                       Deadline deadline) {
  return post("invocation/" + request_id + "/response", {}, std::move(answer), deadline);
}

Task<Result<void>> RuntimeApi::report_error(std::string request_id, std::string type,
                                            std::string body, Deadline deadline) {
  return post("invocation/" + request_id + "/error", std::move(type), std::move(body), deadline);
}

Task<Result<void>> RuntimeApi::report_init_error(std::string type, std::string body,
                                                 Deadline deadline) {
  return post("init/error", std::move(type), std::move(body), deadline);
}

Task<Result<void>> RuntimeApi::post(std::string path, std::string type, std::string body,
                                    Deadline deadline) {
  for (int attempt = 1;; ++attempt) {
    Message message(http::verb::post, std::string(root) + path, 11);
    message.set(http::field::host, host_);
    message.set(http::field::content_type, "application/json");
    if (!type.empty()) message.set("Lambda-Runtime-Function-Error-Type", type);
    message.body() = body;
    message.prepare_payload();
    const auto answer = co_await connection_->exchange(host_, port_, std::move(message), deadline);
    const int status = answer ? static_cast<int>(answer->result_int()) : 0;
    const auto pause = pause_after(attempt);
    const bool time_left = std::chrono::steady_clock::now() + pause < deadline;
    PostAttempt ended;
    ended.status = status;
    ended.number = attempt;
    ended.time_left = time_left;
    std::string problem = "The Runtime API ";
    problem.append(status == 0 ? "did not answer" : "answered " + std::to_string(status));
    problem.append(" to ").append(path);
    switch (decide_post(ended)) {
      case PostStep::done: co_return Result<void>{};
      case PostStep::rejected: co_return fail(ErrorCode::validation, problem);
      case PostStep::give_up: co_return fail(ErrorCode::unavailable, problem);
      case PostStep::retry: break;
    }
    co_await application::sleep_for(executor_, pause);
  }
}

}  // namespace hearth::adapters::lambda
