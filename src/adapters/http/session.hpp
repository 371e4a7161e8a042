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

/// One connection: reads requests, one after the other, and writes their answers. What has come in
/// together and can be answered at once goes out together.
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

  /// Waits for the beginning of a request. False: the peer has left.
  application::Task<bool> receive();
  /// Takes requests off the front of what has been received, as long as they can be answered at
  /// once, and leaves their answers in `out_`.
  void answer_promptly();
  /// Serves one request, the beginning of which is there, whatever it is and takes. False: it was
  /// the last one.
  application::Task<bool> serve();
  application::Task<Incoming> read();
  /// Writes what is in `out_`, and empties it. False: nobody takes it.
  application::Task<bool> send();
  /// The same for prompt answers, which nearly always are taken without waiting.
  application::Task<bool> send_gathered();
  /// As much of `out_` as the system takes without waiting; nothing: nobody takes it.
  std::optional<std::size_t> send_at_once();
  /// What is behind the first `sent` bytes of `out_`, which is empty then. False: nobody takes it.
  application::Task<bool> send_rest(std::size_t sent);
  void forget_sent();
  void enter(Phase phase);

  Socket socket_;
  Routes& routes_;
  RequestMetrics& metrics_;
  RequestLog& log_;
  const ServerLimits& limits_;
  boost::beast::flat_buffer buffer_;
  std::string out_;
  Phase phase_ = Phase::idle;
  /// Begins to run when the server first looks after a phase has begun, for which nobody then has
  /// to read a clock.
  std::optional<std::chrono::steady_clock::time_point> patience_end_;
  bool finishing_ = false;
};

}  // namespace hearth::adapters::http
