#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hearth::test_support {

/// A stand-in for Lambda's Runtime API on a free port of 127.0.0.1: real HTTP, real long polls, and
/// faults on request. Serves one process, which keeps one connection. Threading: any thread.
class LambdaRuntime {
 public:
  /// What the process has posted.
  struct Post {
    std::string path;  ///< below `/2018-06-01/runtime/`: `invocation/ID/response`, `init/error`
    std::string error_type;
    std::string body;
    std::chrono::steady_clock::time_point event_given;  ///< nothing for `init`
    std::chrono::steady_clock::time_point arrived;
  };

  /// Throws std::runtime_error if there is no port.
  LambdaRuntime();
  ~LambdaRuntime();
  LambdaRuntime(const LambdaRuntime&) = delete;
  LambdaRuntime& operator=(const LambdaRuntime&) = delete;

  /// For AWS_LAMBDA_RUNTIME_API.
  [[nodiscard]] std::string address() const;

  /// Queues an invocation and gives its request id.
  std::string invoke(std::string event, std::chrono::milliseconds time = std::chrono::seconds(10));

  /// What was posted for that id and taken (or for `init`); nothing if that is not in time.
  [[nodiscard]] std::optional<Post> result_of(
      const std::string& request_id, std::chrono::milliseconds limit = std::chrono::seconds(20));

  /// Waits until the process asks for its next invocation while none is queued. From there on it
  /// might be frozen.
  [[nodiscard]] bool is_waited_on(std::chrono::milliseconds limit = std::chrono::seconds(20));

  /// When the process asked for an invocation last.
  [[nodiscard]] std::chrono::steady_clock::time_point asked_at() const;

  /// The next request for an invocation is answered with that status.
  void fail_next(int status);
  /// So many posts are answered with that status, and not taken; 0: the connection is cut instead.
  void fail_posts(int count, int status);
  /// Cuts the connection off, as it is.
  void cut();

  /// How many posts have come, taken or not.
  [[nodiscard]] int posts() const;

 private:
  struct Queued {
    std::string request_id;
    std::string event;
    std::int64_t deadline_ms = 0;
  };
  struct Reply {
    int status = 202;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
  };

  void run();
  void serve(int socket);
  /// Nothing: cut the connection.
  std::optional<Reply> reply_to(const std::string& method, const std::string& path,
                                const std::string& error_type, std::string body);
  std::optional<Reply> next();
  std::optional<Reply> take(Post post);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;

  mutable std::mutex mutex_;  // for everything below
  std::condition_variable changed_;
  bool stopping_ = false;
  int connection_ = -1;
  bool waited_on_ = false;
  std::chrono::steady_clock::time_point asked_at_;
  std::map<std::string, std::chrono::steady_clock::time_point> given_at_;  // by request id
  std::uint64_t cuts_ = 0;
  int invocations_ = 0;
  int posts_ = 0;
  int next_status_ = 0;
  int posts_to_fail_ = 0;
  int post_status_ = 0;
  std::deque<Queued> queue_;
  std::map<std::string, Post> results_;
};

}  // namespace hearth::test_support
