#include "adapters/http/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "adapters/http/error_mapping.hpp"

namespace hearth::adapters::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using application::Task;
using application::use_task;

/// Room for the beginning of a pipelined request behind the present one.
constexpr std::size_t read_ahead_bytes = std::size_t{16} << 10;

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
  enter(Phase::idle);
}

std::chrono::steady_clock::time_point Session::enter(Phase phase) {
  phase_ = phase;
  const auto now = std::chrono::steady_clock::now();
  patience_end_ = now + (phase == Phase::idle ? limits_.idle : limits_.transfer);
  return now;
}

void Session::check_patience(std::chrono::steady_clock::time_point now) {
  if (phase_ != Phase::working && now >= patience_end_) close();
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
    auto incoming = co_await read();
    if (incoming.refusal) {
      enter(Phase::writing);
      co_await write(*incoming.refusal, false, true);
    }
    if (!incoming.request) break;
    const RequestMetrics::UnderWay under_way(metrics_);
    const auto begun = enter(Phase::working);
    const bool with_body = incoming.request->method != "HEAD";
    const auto response = co_await routes_.handle(std::move(*incoming.request));
    const auto duration = enter(Phase::writing) - begun;
    metrics_.answered(response.route, response.status, duration);
    log_.answered(response.route, response.status, duration);
    going_on = co_await write(response, incoming.keep_alive && !finishing_, with_body);
  }
  beast::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
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

  enter(Phase::reading);
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

Task<bool> Session::write(const Response& response, bool keep_alive, bool with_body) {
  std::string bytes;
  bytes.reserve(256 + response.body.size());
  bytes.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  bytes.append(reason_phrase(response.status)).append("\r\n");
  if (response.status != 204) {
    bytes.append("Content-Type: ").append(response.content_type).append("\r\n");
    bytes.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    bytes.append(name).append(": ").append(value).append("\r\n");
  }
  bytes.append(keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  if (with_body && response.status != 204) bytes.append(response.body);
  beast::error_code failure;
  co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(use_task, failure));
  co_return !failure && keep_alive;
}

}  // namespace hearth::adapters::http
