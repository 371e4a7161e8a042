#include "support/lambda_runtime.hpp"

#include <arpa/inet.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace hearth::test_support {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr std::string_view root = "/2018-06-01/runtime/";
/// As Lambda's limit of a response.
constexpr std::size_t most_response_bytes = 6'291'556;

std::string request_id_of(const std::string& path) {
  if (path == "init/error") return "init";
  const auto begin = std::string_view("invocation/").size();
  return path.substr(begin, path.rfind('/') - begin);
}

}  // namespace

LambdaRuntime::LambdaRuntime() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* name = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, name, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, name, &size) != 0) {
    throw std::runtime_error("no port for the Runtime API's stand-in");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

LambdaRuntime::~LambdaRuntime() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

std::string LambdaRuntime::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::string LambdaRuntime::invoke(std::string event, std::chrono::milliseconds time) {
  using std::chrono::system_clock;
  const auto deadline = (system_clock::now() + time).time_since_epoch();
  const std::lock_guard lock(mutex_);
  auto id = "request-" + std::to_string(++invocations_);
  queue_.push_back({id, std::move(event),
                    std::chrono::duration_cast<std::chrono::milliseconds>(deadline).count()});
  changed_.notify_all();
  return id;
}

std::optional<LambdaRuntime::Post> LambdaRuntime::result_of(const std::string& request_id,
                                                            std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const bool there = changed_.wait_for(lock, limit, [&] { return results_.contains(request_id); });
  if (!there) return std::nullopt;
  return results_.at(request_id);
}

bool LambdaRuntime::is_waited_on(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return waited_on_ && queue_.empty(); });
}

std::chrono::steady_clock::time_point LambdaRuntime::asked_at() const {
  const std::lock_guard lock(mutex_);
  return asked_at_;
}

void LambdaRuntime::fail_next(int status) {
  const std::lock_guard lock(mutex_);
  next_status_ = status;
  changed_.notify_all();
}

void LambdaRuntime::fail_posts(int count, int status) {
  const std::lock_guard lock(mutex_);
  posts_to_fail_ = count;
  post_status_ = status;
}

void LambdaRuntime::cut() {
  const std::lock_guard lock(mutex_);
  ++cuts_;
  if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
  changed_.notify_all();
}

int LambdaRuntime::posts() const {
  const std::lock_guard lock(mutex_);
  return posts_;
}

void LambdaRuntime::run() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        if (socket >= 0) ::close(socket);
        return;
      }
      connection_ = socket;
    }
    if (socket >= 0) serve(socket);
  }
}

void LambdaRuntime::serve(int socket) {
  boost::asio::io_context context;
  tcp::socket stream(context, tcp::v4(), socket);
  boost::beast::flat_buffer buffer;
  boost::system::error_code failure;
  while (!failure) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(std::uint64_t{64} << 20);
    http::read(stream, buffer, parser, failure);
    if (failure) break;
    auto request = parser.release();
    auto reply =
        reply_to(std::string(request.method_string()), std::string(request.target()),
                 std::string(request["Lambda-Runtime-Function-Error-Type"]), request.body());
    if (!reply) break;
    http::response<http::string_body> response(http::status(reply->status), 11);
    for (const auto& [name, value] : reply->headers) response.set(name, value);
    response.body() = std::move(reply->body);
    response.prepare_payload();
    http::write(stream, response, failure);
  }
  const std::lock_guard lock(mutex_);
  connection_ = -1;
  waited_on_ = false;
}

std::optional<LambdaRuntime::Reply> LambdaRuntime::reply_to(const std::string& method,
                                                            const std::string& path,
                                                            const std::string& error_type,
                                                            std::string body) {
  if (!path.starts_with(root)) return Reply{404, {}, {}};
  const auto below = path.substr(root.size());
  if (method == "GET" && below == "invocation/next") return next();
  if (method == "POST") {
    return take({.path = below,
                 .error_type = error_type,
                 .body = std::move(body),
                 .event_given = {},
                 .arrived = std::chrono::steady_clock::now()});
  }
  return Reply{405, {}, {}};
}

std::optional<LambdaRuntime::Reply> LambdaRuntime::next() {
  std::unique_lock lock(mutex_);
  asked_at_ = std::chrono::steady_clock::now();
  waited_on_ = true;
  changed_.notify_all();
  const auto cuts = cuts_;
  changed_.wait(lock,
                [&] { return stopping_ || cuts != cuts_ || next_status_ != 0 || !queue_.empty(); });
  waited_on_ = false;
  if (stopping_ || cuts != cuts_) return std::nullopt;
  if (next_status_ != 0) return Reply{std::exchange(next_status_, 0), {}, R"({"errorType":"x"})"};
  auto queued = std::move(queue_.front());
  queue_.pop_front();
  given_at_[queued.request_id] = std::chrono::steady_clock::now();
  return Reply{200,
               {{"Lambda-Runtime-Aws-Request-Id", queued.request_id},
                {"Lambda-Runtime-Deadline-Ms", std::to_string(queued.deadline_ms)},
                {"Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-north-1:0:function:f"},
                {"Lambda-Runtime-Trace-Id", "Root=1-" + queued.request_id},
                {"Content-Type", "application/json"}},
               std::move(queued.event)};
}

std::optional<LambdaRuntime::Reply> LambdaRuntime::take(Post post) {
  const std::lock_guard lock(mutex_);
  ++posts_;
  if (posts_to_fail_ > 0) {
    --posts_to_fail_;
    if (post_status_ == 0) return std::nullopt;
    return Reply{post_status_, {}, "{}"};
  }
  if (post.body.size() > most_response_bytes) return Reply{413, {}, "{}"};
  const auto id = request_id_of(post.path);
  post.event_given = given_at_[id];
  if (results_.contains(id)) return Reply{403, {}, R"({"errorType":"InvalidStateTransition"})"};
  results_.emplace(id, std::move(post));
  changed_.notify_all();
  return Reply{202, {}, R"({"status":"OK"})"};
}

}  // namespace hearth::test_support
