#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <optional>
#include <string>

#include "adapters/http/request_log.hpp"
#include "adapters/http/request_metrics.hpp"
#include "adapters/http/routes.hpp"
#include "adapters/http/server.hpp"
#include "application/task.hpp"

namespace hearth::adapters::http {

/// One connection: reads requests, one after the other, and writes their answers.
/// Threading: its executor's thread.
class Session {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, application::Executor>;

  Session(Socket socket, Routes& routes, RequestMetrics& metrics, RequestLog& log,
          const ServerLimits& limits);

  /// Serves until the peer leaves, something is wrong, or it is told to finish.
  [[nodiscard]] application::Task<void> run();

  /// No further request after the present one; an idle connection is closed at once.
  void finish();

  /// Cuts the connection off.
  void close();

  /// Closes it if it has been waiting for its peer for too long. Called now and then by the
  /// server, which costs less than a timer for every request.
  void check_patience(std::chrono::steady_clock::time_point now);

 private:
  enum class Phase { idle, reading, working, writing };

  /// A request that could be read, or the answer to one that could not (then the connection ends).
  struct Incoming {
    std::optional<Request> request;
    std::optional<Response> refusal;
    bool keep_alive = false;
  };

  application::Task<Incoming> read();
  application::Task<bool> write(const Response& response, bool keep_alive, bool with_body);
  /// Gives the time.
  std::chrono::steady_clock::time_point enter(Phase phase);

  Socket socket_;
  Routes& routes_;
  RequestMetrics& metrics_;
  RequestLog& log_;
  const ServerLimits& limits_;
  boost::beast::flat_buffer buffer_;
  Phase phase_ = Phase::idle;
  std::chrono::steady_clock::time_point patience_end_{};
  bool finishing_ = false;
};

}  // namespace hearth::adapters::http
