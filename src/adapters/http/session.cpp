#include "adapters/http/session.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>

#include "adapters/http/error_mapping.hpp"
#include "adapters/http/plain_request.hpp"
#include "application/read_some.hpp"

namespace hearth::adapters::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using application::Task;
using application::use_task;
using Clock = std::chrono::steady_clock;

/// Room for the beginning of a pipelined request behind the present one.
constexpr std::size_t read_ahead_bytes = std::size_t{16} << 10;

/// Room for what comes in at once when nothing is there.
constexpr std::size_t read_bytes = std::size_t{4} << 10;

/// Answers that are gathered before they are written.
constexpr std::size_t most_gathered_bytes = std::size_t{16} << 10;

/// What a connection keeps of the room that its answers took: enough for those that are gathered.
constexpr std::size_t most_kept_bytes = 2 * most_gathered_bytes;

/// What to answer to a request that cannot be read; nothing if nobody is there to hear it.
std::optional<Response> refusal_of(beast::error_code failure) {
  using beast::http::error;
  if (failure == error::header_limit || failure == error::buffer_overflow) {
    return protocol_error(431, "HEADERS_TOO_LARGE",
                          "The request line and headers have at most 8 KiB");
  }
  if (failure == error::body_limit) {
    return protocol_error(413, "BODY_TOO_LARGE", "The body has at most 64 KiB");
  }
  if (failure.category() == beast::http::make_error_code(error::end_of_stream).category() &&
      failure != error::end_of_stream && failure != error::partial_message) {
    return protocol_error(400, "MALFORMED_REQUEST",
                          "This is no valid HTTP/1.1 request: " + failure.message());
  }
  return std::nullopt;
}

/// What leaves open where a request ends or whom it is for: the doors of request smuggling
/// (RFC 9112, sections 3.2 and 6.3). Beast takes a body in another coding for none at all, and
/// what it holds for the next request.
std::optional<Response> ambiguity_of(const beast::http::request_header<>& head) {
  using beast::http::field;
  const auto codings = head.count(field::transfer_encoding);
  if (codings > 0 && (head.version() < 11 || codings > 1 ||
                      !beast::iequals(head[field::transfer_encoding], "chunked"))) {
    return protocol_error(400, "MALFORMED_REQUEST",
                          "The only Transfer-Encoding is chunked, once, in HTTP/1.1");
  }
  if (head.version() >= 11 && head.count(field::host) != 1) {
    return protocol_error(400, "MALFORMED_REQUEST", "An HTTP/1.1 request has one Host header");
  }
  return std::nullopt;
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

Request to_request(beast::http::request<beast::http::string_body> message, bool declares_body) {
  Request request;
  request.method = view(message.method_string());
  request.target = view(message.target());
  for (const auto& field : message) {
    request.headers.emplace_back(view(field.name_string()), view(field.value()));
  }
  request.body = std::move(message.body());
  request.declares_body = declares_body;
  return request;
}

}  // namespace

Session::Session(Socket socket, Routes& routes, RequestMetrics& metrics, RequestLog& log,
                 const ServerLimits& limits)
    : socket_(std::move(socket)),
      routes_(routes),
      metrics_(metrics),
      log_(log),
      limits_(limits),
      buffer_(limits.header_bytes + limits.body_bytes + read_ahead_bytes) {
  beast::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void Session::enter(Phase phase) {
  phase_ = phase;
  patience_end_.reset();
}

void Session::check_patience(Clock::time_point now) {
  if (phase_ == Phase::working) return;
  const auto patience = phase_ == Phase::idle ? limits_.idle : limits_.transfer;
  if (!patience_end_) patience_end_ = now + patience;
  if (now >= *patience_end_) close();
}

void Session::finish() {
  finishing_ = true;
  if (phase_ == Phase::idle) close();
}

void Session::close() {
  beast::error_code ignored;
  socket_.close(ignored);
}

Task<void> Session::run() {
  for (bool going_on = true; going_on;) {
    enter(Phase::idle);
    if (buffer_.size() == 0) {
      if (finishing_) break;
      const auto received = co_await application::read_some(socket_, buffer_.prepare(read_bytes));
      if (received.failure) break;
      buffer_.commit(received.size);
    }
    const auto asked = answer_promptly();
    if (!out_.empty()) {
      if (!send_at_once()) going_on = co_await send_gathered_rest();
      continue;
    }
    auto read = asked ? routes_.begin_read(asked->target, asked->begin) : std::nullopt;
    if (!read) {
      going_on = co_await serve();
      continue;
    }
    {
      // Not in a coroutine of its own, which would be a twentieth of what such a read costs.
      const RequestMetrics::UnderWay under_way(metrics_);
      enter(Phase::working);
      auto found = co_await routes_.ask_cache(*read);
      if (!answer_hit(*asked, *read, found)) {
        const auto response =
            co_await routes_.finish_read(asked->target, std::move(*read), std::move(found));
        append_answer(response, asked->begin, !finishing_, true);
      }
      const bool is_last = finishing_;
      buffer_.consume(asked->size);
      if (!send_at_once()) going_on = co_await send_rest();
      going_on = going_on && !is_last;
      read.reset();
    }
    // The others of this turn first: looking for the next request at once would be in vain.
    co_await asio::post(socket_.get_executor(), asio::deferred);
  }
  beast::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

std::optional<Session::FlagRead> Session::answer_promptly() {
  // Who is finishing says so in the answer, which a prompt one cannot.
  if (finishing_) return std::nullopt;
  auto begin = Clock::now();
  while (buffer_.size() > 0 && out_.size() < most_gathered_bytes) {
    const auto bytes = buffer_.data();
    const auto request =
        recognise_plain_request({static_cast<const char*>(bytes.data()),
                                 std::min<std::size_t>(bytes.size(), limits_.header_bytes)});
    const auto asked = request ? recognise_flag_target(request->target) : std::nullopt;
    // An empty key is for the router: it names another path.
    if (!asked || asked->key.empty()) return std::nullopt;
    const auto answer = routes_.answer_promptly(*asked, begin, out_);
    if (!answer) return FlagRead{*asked, request->size, begin};
    buffer_.consume(request->size);
    const auto duration = answer->answered_at - begin;
    metrics_.answered(answer->route, answer->status, duration);
    log_.answered(answer->route, answer->status, duration);
    begin = answer->answered_at;
  }
  return std::nullopt;
}

bool Session::answer_hit(const FlagRead& asked, const Routes::SharedRead& read,
                         const domain::Result<application::CacheRead>& found) {
  const auto answer = routes_.answer_hit(asked.target, read, found, !finishing_, out_);
  if (!answer) return false;
  const auto duration = answer->answered_at - asked.begin;
  metrics_.answered(answer->route, answer->status, duration);
  log_.answered(answer->route, answer->status, duration);
  return true;
}

Task<bool> Session::serve() {
  // From here on the request is known of: whoever finishes lets it be answered.
  enter(Phase::reading);
  auto incoming = co_await read();
  if (incoming.refusal) {
    append_message(out_, *incoming.refusal, false, true);
    co_await send();
  }
  if (!incoming.request) co_return false;
  const RequestMetrics::UnderWay under_way(metrics_);
  enter(Phase::working);
  const auto begin = Clock::now();
  const bool with_body = incoming.request->method != "HEAD";
  const auto response = co_await routes_.handle(std::move(*incoming.request));
  const bool keep_alive = incoming.keep_alive && !finishing_;
  append_answer(response, begin, keep_alive, with_body);
  co_return co_await send() && keep_alive;
}

void Session::append_answer(const Response& response, Clock::time_point begin, bool keep_alive,
                            bool with_body) {
  const auto duration = Clock::now() - begin;
  metrics_.answered(response.route, response.status, duration);
  log_.answered(response.route, response.status, duration);
  append_message(out_, response, keep_alive, with_body);
}

bool Session::send_at_once() {
  beast::error_code failure;
  const auto sent = socket_.write_some(asio::buffer(out_), failure);
  // Whatever the failure is, whoever sends the rest meets it too.
  if (failure || sent < out_.size()) {
    out_.erase(0, sent);
    return false;
  }
  forget_sent();
  return true;
}

Task<bool> Session::send() {
  if (send_at_once()) co_return true;
  co_return co_await send_rest();
}

Task<bool> Session::send_gathered_rest() {
  const RequestMetrics::UnderWay under_way(metrics_);
  co_return co_await send_rest();
}

Task<bool> Session::send_rest() {
  enter(Phase::writing);
  beast::error_code failure;
  co_await asio::async_write(socket_, asio::buffer(out_), asio::redirect_error(use_task, failure));
  forget_sent();
  co_return !failure;
}

void Session::forget_sent() {
  out_.clear();
  // One large answer must not keep its room for as long as the connection stays open.
  if (out_.capacity() > most_kept_bytes) std::string().swap(out_);
}

Task<Session::Incoming> Session::read() {
  namespace http = beast::http;
  beast::error_code failure;
  http::request_parser<http::empty_body> head;
  head.header_limit(limits_.header_bytes);
  head.body_limit(limits_.body_bytes);
  co_await http::async_read_header(socket_, buffer_, head, asio::redirect_error(use_task, failure));
  if (failure) co_return Incoming{std::nullopt, refusal_of(failure), false};

  if (auto refusal = ambiguity_of(head.get())) co_return Incoming{std::nullopt, refusal, false};

  const bool declares_body = head.chunked() || head.content_length().has_value();
  const bool expects_continue = beast::iequals(head.get()[http::field::expect], "100-continue");
  http::request_parser<http::string_body> whole(std::move(head));
  whole.body_limit(limits_.body_bytes);
  if (!whole.is_done()) {
    if (expects_continue) {
      static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(socket_, asio::buffer(go_on),
                                 asio::redirect_error(use_task, failure));
    }
    co_await http::async_read(socket_, buffer_, whole, asio::redirect_error(use_task, failure));
    if (failure) co_return Incoming{std::nullopt, refusal_of(failure), false};
  }
  const bool keep_alive = whole.keep_alive();
  co_return Incoming{to_request(whole.release(), declares_body), std::nullopt, keep_alive};
}

}  // namespace hearth::adapters::http
