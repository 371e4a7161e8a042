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

  /// A read of one flag at the front of what has been received.
  struct FlagRead {
    FlagTarget target;  ///< a view into what has been received
    std::size_t size = 0;
    std::chrono::steady_clock::time_point begin;
  };

  /// Takes requests off the front of what has been received, as long as they can be answered at
  /// once, and leaves their answers in `out_`. Gives the read that follows, if it is one that has
  /// to wait.
  std::optional<FlagRead> answer_promptly();
  /// Leaves the answer to that read in `out_`, if the shared cache held the flag.
  bool answer_hit(const FlagRead& asked, const Routes::SharedRead& read,
                  const domain::Result<application::CacheRead>& found);
  /// Serves one request, the beginning of which is there, whatever it is and takes. False: it was
  /// the last one.
  application::Task<bool> serve();
  application::Task<Incoming> read();
  /// Leaves an answer in `out_`, and notes how long it took.
  void append_answer(const Response& response, std::chrono::steady_clock::time_point begin,
                     bool keep_alive, bool with_body);
  /// Writes `out_`, which is empty then. False: nobody takes it.
  application::Task<bool> send();
  /// As much of `out_` as the system takes without waiting, which nearly always is all. True: it
  /// is; otherwise `send_rest` goes on.
  bool send_at_once();
  /// False: nobody takes it.
  application::Task<bool> send_rest();
  /// The same for prompt answers, which are under way from here on.
  application::Task<bool> send_gathered_rest();
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
