#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {

/// A private nginx on a free port of 127.0.0.1 that answers every request with the same bytes: the
/// least that a good HTTP server does for an answer. From its configuration (`return 200`), or,
/// where they are too many for that, from a file. One process, no access log, connections that are
/// never closed for their age. Threading: one owner.
class NginxReference {
 public:
  /// The text of the answer (with no single quote, backslash or dollar sign in it, up to
  /// `most_bytes_returned`), and headers to be like those of hearth's answer; nginx adds `Server`
  /// and `Date` of its own.
  struct Answer {
    std::string body;
    std::string content_type;
    std::string cache_header;  ///< the value of `X-Cache`
  };

  static constexpr std::size_t most_bytes_returned = 2'000;

  /// Started, and answering; `launcher`: the beginning of a command line that runs it. Throws
  /// std::runtime_error, with its log, if it does not come that far.
  explicit NginxReference(const Answer& answer, std::vector<std::string> launcher = {});

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return process_->pid(); }

 private:
  void launch(const Answer& answer, std::vector<std::string> command);

  test_support::TemporaryDirectory folder_;
  std::uint16_t port_ = 0;
  std::optional<test_support::ChildProcess> process_;
};

/// The configuration file of such a server, which keeps everything it writes in `folder`; a long
/// answer is in the file `answer` there.
[[nodiscard]] std::string nginx_configuration(const NginxReference::Answer& answer,
                                              std::uint16_t port, const std::string& folder);

}  // namespace hearth::bench
