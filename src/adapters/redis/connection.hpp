#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/redis/endpoint.hpp"
#include "adapters/redis/pending_replies.hpp"
#include "adapters/redis/resp.hpp"
#include "application/deadline.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::redis {

/// What happened on a connection since it was made, for tests and for operators.
struct ConnectionCounters {
  std::uint64_t writes = 0;    ///< times that bytes were handed to the socket
  std::uint64_t reads = 0;     ///< times that bytes came from it
  std::uint64_t connects = 0;  ///< successful handshakes
  std::uint64_t timeouts = 0;  ///< commands that ran into their deadline
};

struct ConnectionSettings {
  std::chrono::milliseconds connect_timeout{1000};  ///< TCP connect, AUTH, SELECT, scripts
  /// How often TIME is asked for, which also notices a silent server.
  std::chrono::milliseconds heartbeat_interval{1000};
  std::chrono::milliseconds heartbeat_timeout{500};
  std::size_t most_pending_replies = 100'000;
  std::size_t most_unsent_bytes = std::size_t{64} << 20;
};

/// What a connection hears that nobody asked for: a message and the channel it came on.
using MessageHandler = std::function<void(std::string_view channel, std::string_view message)>;

/// One multiplexed connection to one Redis server: commands of all coroutines on a thread share
/// it, those of one turn of the event loop (and of several while the server is busy: Gathering) in
/// one write, with replies matched in order (implicit pipelining). Connects by itself, and again
/// with back-off after a loss.
///
/// Threading: everything on the executor's thread. While there is no connection, `execute`
/// answers `unavailable` at once: nobody waits for a server that is known to be away.
class Connection {
 public:
  /// `scripts` are loaded (SCRIPT LOAD) with every handshake.
  Connection(application::Executor executor, Endpoint endpoint, ConnectionSettings settings,
             std::vector<std::string> scripts);

  /// A subscription: every handshake subscribes to `channels`, and from then on `execute` takes
  /// PING, SUBSCRIBE and UNSUBSCRIBE only. `on_message` is called on the executor's thread, in the
  /// order of the messages, before any later reply is handed out.
  Connection(application::Executor executor, Endpoint endpoint, ConnectionSettings settings,
             std::vector<std::string> channels, MessageHandler on_message);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for the first connection. `deadline_exceeded`, with the last reason, if there is none
  /// by then; it goes on trying in the background.
  [[nodiscard]] application::Task<domain::Result<void>> wait_until_connected(
      application::Deadline deadline);

  /// Sends all commands in one piece and gives their replies, in order. Error replies are replies.
  /// `unavailable`: not connected, the connection was lost, or too much is waiting already.
  /// `deadline_exceeded`: no reply in time; the commands may still be carried out.
  [[nodiscard]] application::Task<domain::Result<std::vector<Reply>>> execute(
      Commands commands, application::Deadline deadline);

  /// Whether one more command may be asked for; if not, why, with the errors of `execute`.
  [[nodiscard]] domain::Result<void> check_room(application::Deadline deadline) const;

  /// Asks for the text under `key`, as `execute` does, for the reads of which there are most:
  /// without a coroutine and without a copy of the reply. Only right after `check_room` has allowed
  /// it. `handler` is called once, later; it is destroyed uncalled with the connection. An error
  /// reply fails with `unavailable`, but for a key of another type, which has no text.
  void get(std::string_view key, application::Deadline deadline, TextHandler handler);

  /// The server's time in ms when it was last asked (TIME), at most a heartbeat ago while it is
  /// connected; never extrapolated. Nothing while it is not connected.
  [[nodiscard]] std::optional<std::int64_t> server_time_ms() const;

  /// True: the handshake has been answered, and the connection has not been lost since.
  [[nodiscard]] bool is_ready() const;

  /// The run id of the server at the other end, which another one gets with every start; empty
  /// while there is none (and of a subscription).
  [[nodiscard]] const std::string& server_run_id() const;

  /// A subscription hears this channel too, now and after every reconnection.
  [[nodiscard]] application::Task<domain::Result<void>> subscribe(std::string channel,
                                                                  application::Deadline deadline);

  /// Gives this connection up and makes another one at once: for who knows better than the socket
  /// that it may be dead. Commands under way fail with `unavailable`.
  void renew();

  [[nodiscard]] ConnectionCounters counters() const;

 private:
  class State;
  // Shared with the coroutines in flight, which outlive this handle until they notice its end.
  std::shared_ptr<State> state_;
};

}  // namespace hearth::adapters::redis
