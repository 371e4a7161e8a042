#include "adapters/redis/connection.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <ctime>
#include <random>
#include <tuple>

#include "adapters/redis/deadline_watch.hpp"
#include "adapters/redis/gathering.hpp"
#include "adapters/redis/handshake.hpp"
#include "adapters/redis/pending_replies.hpp"
#include "adapters/redis/timeout_circuit.hpp"
#include "application/await_callback.hpp"
#include "application/backoff.hpp"
#include "application/read_some.hpp"

namespace hearth::adapters::redis {
namespace {

namespace asio = boost::asio;
using application::Deadline;
using application::Executor;
using application::Task;
using application::use_task;
using domain::Error;
using domain::ErrorCode;
using domain::fail;
using domain::Result;
using Clock = std::chrono::steady_clock;
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using application::Timer;
using Replies = std::vector<Reply>;

constexpr std::size_t read_chunk = std::size_t{64} << 10;
/// What is kept of the room that commands took: enough for one turn of a busy event loop.
constexpr std::size_t most_kept_bytes = std::size_t{64} << 10;
constexpr std::chrono::milliseconds wait_poll_interval{5};
constexpr application::Backoff::Limits reconnect_limits{std::chrono::milliseconds(50),
                                                        std::chrono::milliseconds(1000)};

/// The steady time of the system's last tick, a few milliseconds ago, for a fraction of its cost:
/// precise enough to refuse what would come too late anyway.
Deadline steady_now_coarse() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return Deadline(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

/// What a GET was answered.
Result<TextView> text_of(const Reply& reply) {
  if (auto refusal = refusal_to_serve(reply)) return std::unexpected(std::move(*refusal));
  return reply.type == Reply::Type::text ? TextView(reply.text) : TextView();
}

bool is_message(const Reply& reply) {
  return reply.type == Reply::Type::array && reply.elements.size() == 3 &&
         reply.elements[0].text == "message";
}

}  // namespace

class Connection::State : public std::enable_shared_from_this<Connection::State> {
 public:
  State(Executor executor, Endpoint endpoint, ConnectionSettings settings,
        std::vector<std::string> scripts, std::vector<std::string> channels,
        MessageHandler on_message)
      : executor_(executor),
        endpoint_(std::move(endpoint)),
        settings_(settings),
        scripts_(std::move(scripts)),
        channels_(std::move(channels)),
        on_message_(std::move(on_message)),
        socket_(executor),
        sweep_timer_(executor),
        wait_timer_(executor) {}

  void start() { asio::co_spawn(executor_, stay_connected(shared_from_this()), asio::detached); }

  void stop() {
    stopped_ = true;
    // Whoever still waits is destroyed with its Resume: its owners may be gone already.
    std::ignore = pending_.take_all();
    close(Error{ErrorCode::unavailable, "The connection to Redis is being closed"});
    wait_timer_.cancel();
    sweep_timer_.cancel();
  }

  Task<Result<void>> wait_until_connected(Deadline deadline) {
    Timer poll(executor_);
    while (!ready_ && !stopped_) {
      const auto now = Clock::now();
      if (now >= deadline) co_return fail(ErrorCode::deadline_exceeded, last_error_.message);
      poll.expires_at(std::min<Deadline>(deadline, now + wait_poll_interval));
      boost::system::error_code ignored;
      co_await poll.async_wait(asio::redirect_error(use_task, ignored));
    }
    if (stopped_) co_return std::unexpected(last_error_);
    co_return Result<void>{};
  }

  Task<Result<Replies>> execute(Commands commands, Deadline deadline) {
    if (!ready_) co_return std::unexpected(last_error_);
    co_return co_await submit(std::move(commands), deadline);
  }

  [[nodiscard]] Result<void> check_room(Deadline deadline) const {
    if (!ready_) return std::unexpected(last_error_);
    return check_room(1, 0, deadline);
  }

  void get(std::string_view key, Deadline deadline, TextHandler handler) {
    append_get(unsent_, key);
    enqueue({1, deadline, {}, {}, std::move(handler)});
  }

  [[nodiscard]] std::optional<std::int64_t> server_time_ms() const {
    if (!ready_) return std::nullopt;
    return server_time_ms_;
  }

  [[nodiscard]] bool is_ready() const { return ready_; }
  [[nodiscard]] const std::string& server_run_id() const { return server_run_id_; }

  Task<Result<void>> subscribe(std::string channel, Deadline deadline) {
    Commands commands;
    commands.add({"SUBSCRIBE", channel});
    if (std::ranges::find(channels_, channel) == channels_.end()) {
      channels_.push_back(std::move(channel));
    }
    auto replies = co_await execute(std::move(commands), deadline);
    if (!replies) co_return std::unexpected(std::move(replies.error()));
    co_return Result<void>{};
  }

  void renew() {
    renewing_ = true;
    close(lost("it is made anew"));
    if (waiting_) wait_timer_.cancel();
  }

  [[nodiscard]] ConnectionCounters counters() const { return counters_; }

 private:
  Task<Result<Replies>> submit(Commands commands, Deadline deadline) {
    if (commands.count() == 0) co_return Replies{};
    if (auto room = check_room(commands.count(), commands.bytes().size(), deadline); !room) {
      co_return std::unexpected(std::move(room.error()));
    }
    auto wait = [this, &commands, deadline](application::Resume<Result<Replies>> resume) {
      unsent_ += commands.bytes();
      PendingCommands pending{commands.count(), deadline, {}, std::move(resume), {}};
      pending.replies.reserve(commands.count());
      enqueue(std::move(pending));
    };
    co_return co_await application::await_callback<Result<Replies>>(std::move(wait));
  }

  /// Whether so much more may be asked for.
  [[nodiscard]] Result<void> check_room(std::size_t commands, std::size_t bytes,
                                        Deadline deadline) const {
    if (steady_now_coarse() >= deadline) {
      return fail(ErrorCode::deadline_exceeded, "No time was left to ask Redis");
    }
    if (pending_.size() + commands > settings_.most_pending_replies ||
        unsent_.size() + bytes > settings_.most_unsent_bytes) {
      return fail(ErrorCode::unavailable,
                  "Too many commands wait for Redis at " + endpoint_.shown());
    }
    return {};
  }

  /// Its commands are in `unsent_`.
  void enqueue(PendingCommands&& pending) {
    const auto deadline = pending.deadline;
    unwritten_ += pending.expected;
    pending_.push(std::move(pending));
    flush_soon();
    watch(deadline);
  }

  /// Everything that is submitted in this turn of the event loop goes out in one write, and what
  /// the next turns bring with it, if waiting for that pays.
  void flush_soon() {
    if (writing_) return;
    writing_ = true;
    flush_next_turn();
  }

  void flush_next_turn() {
    asio::post(executor_, [self = shared_from_this(), generation = generation_] {
      if (generation != self->generation_) return;
      if (self->gathering_.goes_on(self->unwritten_, self->pending_.size())) {
        self->flush_next_turn();
      } else {
        self->flush_at_once();
      }
    });
  }

  /// Nearly always the system takes everything there and then; only the rest is waited for.
  void flush_at_once() {
    ++counters_.writes;
    unwritten_ = 0;
    boost::system::error_code failure;
    const auto sent = socket_.write_some(asio::buffer(unsent_), failure);
    if (failure && failure != asio::error::would_block && failure != asio::error::interrupted) {
      close(lost(failure.message()));
      return;
    }
    if (sent < unsent_.size()) {
      asio::co_spawn(executor_, flush(shared_from_this(), generation_, sent), asio::detached);
      return;
    }
    forget_sent();
    writing_ = false;
  }

  /// Writes what is behind the first `sent` bytes, and what is added meanwhile.
  Task<void> flush([[maybe_unused]] std::shared_ptr<State> keep_alive, std::uint64_t generation,
                   std::size_t sent) {
    while (generation == generation_ && !unsent_.empty()) {
      if (sent == 0) ++counters_.writes;
      const std::string bytes = std::exchange(unsent_, {});
      unwritten_ = 0;
      boost::system::error_code failure;
      co_await asio::async_write(socket_, asio::buffer(bytes) + std::exchange(sent, 0),
                                 asio::redirect_error(use_task, failure));
      if (failure && generation == generation_) {
        close(lost(failure.message()));
        co_return;
      }
    }
    if (generation == generation_) writing_ = false;
  }

  void forget_sent() {
    unsent_.clear();
    if (unsent_.capacity() > most_kept_bytes) std::string().swap(unsent_);
  }

  /// Sees to it that the deadline is noticed.
  void watch(Deadline deadline) {
    if (deadline_watch_.covers(deadline)) return;
    sweep_timer_.expires_at(deadline_watch_.set(deadline, Clock::now()));
    sweep_timer_.async_wait([self = weak_from_this()](boost::system::error_code failure) {
      // It fails when it is set anew, for another handler.
      const auto state = failure ? nullptr : self.lock();
      if (state) state->sweep();
    });
  }

  /// Tells those whose deadline has passed, and watches over those who go on waiting.
  void sweep() {
    deadline_watch_.fired();
    auto expired = pending_.take_expired(Clock::now());
    if (!expired.empty()) fail_expired(std::move(expired));
    if (const auto earliest = pending_.earliest_deadline()) watch(*earliest);
  }

  void fail_expired(std::vector<PendingCommands> expired) {
    counters_.timeouts += expired.size();
    const auto generation = generation_;
    const bool give_up = circuit_.timed_out(Clock::now());
    const Error error{ErrorCode::deadline_exceeded,
                      "Redis at " + endpoint_.shown() + " did not answer in time"};
    for (auto& waiter : expired) waiter.fail_with(error);
    if (give_up && generation == generation_) close(lost("it stopped answering"));
  }

  Task<void> stay_connected([[maybe_unused]] std::shared_ptr<State> keep_alive) {
    application::Backoff backoff(reconnect_limits);
    std::mt19937_64 random{std::random_device{}()};
    while (!stopped_) {
      auto connected = co_await connect();
      if (connected) {
        const auto logins = counters_.connects;
        co_await read_replies();
        if (counters_.connects != logins) backoff.reset();
      } else if (!stopped_) {
        close(std::move(connected.error()));
      }
      if (stopped_) break;
      if (std::exchange(renewing_, false)) continue;
      waiting_ = true;
      wait_timer_.expires_after(backoff.next(random()));
      boost::system::error_code ignored;
      co_await wait_timer_.async_wait(asio::redirect_error(use_task, ignored));
      waiting_ = false;
      renewing_ = false;
    }
  }

  /// Opens the socket and logs in; the reader that follows matches the handshake's replies, so
  /// the handshake itself runs beside it.
  Task<Result<void>> connect() {
    const auto deadline = Clock::now() + settings_.connect_timeout;
    // The watchdog closes the socket when connecting takes too long.
    wait_timer_.expires_at(deadline);
    wait_timer_.async_wait([self = weak_from_this(), generation = generation_](auto failure) {
      const auto state = self.lock();
      if (!failure && state && generation == state->generation_ && !state->connected_) {
        boost::system::error_code ignored;
        state->socket_.close(ignored);
        state->cancel_resolve_();
      }
    });
    auto opened = co_await open_socket(deadline);
    wait_timer_.cancel();
    if (!opened) co_return opened;
    if (stopped_) co_return fail(ErrorCode::unavailable, "The connection is being closed");
    connected_ = true;
    asio::co_spawn(executor_, log_in(shared_from_this(), generation_, deadline), asio::detached);
    co_return Result<void>{};
  }

  Task<Result<void>> open_socket(Deadline deadline) {
    boost::system::error_code failure;
    if (!endpoint_.socket_path.empty()) {
      const asio::local::stream_protocol::endpoint path(endpoint_.socket_path);
      co_await socket_.async_connect(path, asio::redirect_error(use_task, failure));
    } else {
      using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
      Resolver resolver(executor_);
      cancel_resolve_ = [&resolver] { resolver.cancel(); };
      const auto found = co_await resolver.async_resolve(endpoint_.host, endpoint_.port,
                                                         asio::redirect_error(use_task, failure));
      cancel_resolve_ = [] {};
      if (!failure) {
        failure = asio::error::host_not_found;
        for (const auto& entry : found) {
          boost::system::error_code ignored;
          socket_.close(ignored);
          const asio::generic::stream_protocol::endpoint address = entry.endpoint();
          co_await socket_.async_connect(address, asio::redirect_error(use_task, failure));
          if (!failure || stopped_ || Clock::now() >= deadline) break;
        }
        if (!failure) socket_.set_option(asio::ip::tcp::no_delay(true), failure);
      }
    }
    if (!failure) socket_.non_blocking(true, failure);
    if (!failure) co_return Result<void>{};
    const auto reason =
        failure == asio::error::operation_aborted || failure == asio::error::bad_descriptor
            ? std::string("connecting took too long")
            : failure.message();
    co_return fail(ErrorCode::unavailable,
                   "Redis at " + endpoint_.shown() + " cannot be reached: " + reason);
  }

  Task<void> log_in([[maybe_unused]] std::shared_ptr<State> keep_alive, std::uint64_t generation,
                    Deadline deadline) {
    const auto channels = channels_.size();
    auto commands = is_subscription() ? subscription_handshake(endpoint_, channels_)
                                      : commands_handshake(endpoint_, scripts_);
    auto replies = co_await submit(std::move(commands), deadline);
    if (generation != generation_) co_return;
    if (!replies) {
      close(std::move(replies.error()));
      co_return;
    }
    if (auto refused = refusal(endpoint_, *replies)) {
      close(std::move(*refused));
      co_return;
    }
    if (channels_.size() > channels) {
      // One that was asked for while the handshake was under way is not part of it: once more.
      close(Error{ErrorCode::unavailable, "The subscription begins anew with a further channel"});
      co_return;
    }
    if (!is_subscription()) {
      auto facts = server_facts(*replies);
      server_run_id_ = std::move(facts.run_id);
      server_time_ms_ = facts.time_ms;
    }
    ready_ = true;
    ++counters_.connects;
    co_await beat(generation);
  }

  Task<void> beat(std::uint64_t generation) {
    Timer timer(executor_);
    bool is_late = false;
    while (generation == generation_ && !stopped_) {
      if (!is_late) {
        timer.expires_after(settings_.heartbeat_interval);
        boost::system::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(use_task, ignored));
      }
      if (generation != generation_ || stopped_) co_return;
      Commands commands;
      commands.add({is_subscription() ? "PING" : "TIME"});
      auto replies =
          co_await submit(std::move(commands), Clock::now() + settings_.heartbeat_timeout);
      if (generation != generation_) co_return;
      // A late answer is for the circuit to judge, which hears of the next one without a pause.
      is_late = !replies && replies.error().code == ErrorCode::deadline_exceeded;
      if (replies) remember_time(replies->back());
    }
  }

  [[nodiscard]] bool is_subscription() const { return static_cast<bool>(on_message_); }

  void remember_time(const Reply& reply) {
    if (const auto time = time_ms(reply)) server_time_ms_ = time;
  }

  Task<void> read_replies() {
    std::string buffer;
    std::size_t used = 0;
    const auto generation = generation_;
    while (generation == generation_ && !stopped_) {
      if (buffer.size() - used < read_chunk / 2) buffer.resize(used + read_chunk);
      const asio::mutable_buffer room(buffer.data() + used, buffer.size() - used);
      const auto received = co_await application::read_some(socket_, room);
      if (generation != generation_) co_return;
      if (received.failure) {
        close(lost(received.failure.message()));
        co_return;
      }
      ++counters_.reads;
      circuit_.replied();
      used += received.size;
      const auto consumed = dispatch(std::string_view(buffer.data(), used), generation);
      if (generation != generation_) co_return;
      std::move(buffer.begin() + static_cast<std::ptrdiff_t>(consumed),
                buffer.begin() + static_cast<std::ptrdiff_t>(used), buffer.begin());
      used -= consumed;
    }
  }

  /// Hands complete replies to their waiters; returns the bytes that they took. A waiter that is
  /// resumed may submit, or close: `generation` tells.
  std::size_t dispatch(std::string_view bytes, std::uint64_t generation) {
    std::size_t consumed = 0;
    while (consumed < bytes.size()) {
      if (pending_.is_text_next()) {
        if (const auto recognised = recognise_text(bytes.substr(consumed))) {
          consumed += recognised->size;
          pending_.take_text_handler()(recognised->text);
          if (generation != generation_) return consumed;
          continue;
        }
      }
      auto parsed = parse_reply(bytes.substr(consumed));
      if (!parsed) {
        close(std::move(parsed.error()));
        return consumed;
      }
      if (!*parsed) break;
      consumed += (*parsed)->size;
      if (is_subscription() && is_message((*parsed)->reply)) {
        const auto& message = (*parsed)->reply.elements;
        on_message_(message[1].text, message[2].text);
        if (generation != generation_) return consumed;
        continue;
      }
      if (pending_.empty()) {
        close(lost("it answered what was not asked"));
        return consumed;
      }
      if (auto complete = pending_.take_reply(std::move((*parsed)->reply))) {
        if (complete->resume) complete->resume(std::move(complete->replies));
        if (complete->on_text) complete->on_text(text_of(complete->replies.front()));
      }
      if (generation != generation_) return consumed;
    }
    return consumed;
  }

  [[nodiscard]] Error lost(const std::string& why) const {
    return {ErrorCode::unavailable,
            "The connection to Redis at " + endpoint_.shown() + " was lost: " + why};
  }

  /// Ends this connection: whoever waits gets `error`, and so does whoever asks before the next
  /// one is there.
  void close(Error error) {
    last_error_ = std::move(error);
    ++generation_;
    ready_ = false;
    server_run_id_.clear();
    connected_ = false;
    writing_ = false;
    unsent_.clear();
    unwritten_ = 0;
    gathering_ = {};
    circuit_.replied();
    boost::system::error_code ignored;
    socket_.close(ignored);
    auto waiting = pending_.take_all();
    const auto why = last_error_;
    for (auto& pending : waiting) pending.fail_with(why);
  }

  Executor executor_;
  const Endpoint endpoint_;
  const ConnectionSettings settings_;
  const std::vector<std::string> scripts_;
  std::vector<std::string> channels_;
  const MessageHandler on_message_;

  Socket socket_;
  Timer sweep_timer_;
  Timer wait_timer_;  ///< connecting, then waiting to connect again
  std::function<void()> cancel_resolve_ = [] {};

  std::uint64_t generation_ = 0;  ///< grows with every close; a coroutine of an older one ends
  bool stopped_ = false;
  bool connected_ = false;  ///< the socket is open
  bool ready_ = false;      ///< the handshake has been answered
  bool waiting_ = false;    ///< for the next try to connect
  bool renewing_ = false;   ///< the next try is not to wait
  bool writing_ = false;
  Error last_error_{ErrorCode::unavailable, "Redis has not been reached yet"};
  std::optional<std::int64_t> server_time_ms_;
  std::string server_run_id_;
  DeadlineWatch deadline_watch_;
  TimeoutCircuit circuit_;
  ConnectionCounters counters_;

  std::string unsent_;
  std::size_t unwritten_ = 0;  ///< commands that nobody has begun to write
  Gathering gathering_;
  PendingReplies pending_;
};

Connection::Connection(Executor executor, Endpoint endpoint, ConnectionSettings settings,
                       std::vector<std::string> scripts)
    : state_(std::make_shared<State>(executor, std::move(endpoint), settings, std::move(scripts),
                                     std::vector<std::string>{}, MessageHandler{})) {
  state_->start();
}

Connection::Connection(Executor executor, Endpoint endpoint, ConnectionSettings settings,
                       std::vector<std::string> channels, MessageHandler on_message)
    : state_(std::make_shared<State>(executor, std::move(endpoint), settings,
                                     std::vector<std::string>{}, std::move(channels),
                                     std::move(on_message))) {
  state_->start();
}

Connection::~Connection() { state_->stop(); }

Task<Result<void>> Connection::wait_until_connected(Deadline deadline) {
  return state_->wait_until_connected(deadline);
}

Task<Result<Replies>> Connection::execute(Commands commands, Deadline deadline) {
  return state_->execute(std::move(commands), deadline);
}

Result<void> Connection::check_room(Deadline deadline) const {
  return state_->check_room(deadline);
}

void Connection::get(std::string_view key, Deadline deadline, TextHandler handler) {
  state_->get(key, deadline, std::move(handler));
}

std::optional<std::int64_t> Connection::server_time_ms() const { return state_->server_time_ms(); }

bool Connection::is_ready() const { return state_->is_ready(); }

const std::string& Connection::server_run_id() const { return state_->server_run_id(); }

Task<Result<void>> Connection::subscribe(std::string channel, Deadline deadline) {
  return state_->subscribe(std::move(channel), deadline);
}

void Connection::renew() { state_->renew(); }

ConnectionCounters Connection::counters() const { return state_->counters(); }

}  // namespace hearth::adapters::redis
