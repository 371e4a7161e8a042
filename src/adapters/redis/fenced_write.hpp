#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "adapters/redis/fenced_set.hpp"
#include "adapters/redis/resp.hpp"
#include "application/ports/cache_adapter.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::adapters::redis {

/// Entries on their way through the fence: the script's calls for them, and what has become of each
/// according to the replies. Sends nothing itself. Threading: one owner.
class FencedWrite {
 public:
  /// Nothing is known of the entries yet: they count as failed.
  FencedWrite(domain::Environment environment, std::vector<application::CacheEntry> entries,
              application::CacheSnapshot snapshot);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// Whether `server`, a run id, is the one that the writer saw: no other is written to.
  [[nodiscard]] bool is_for(std::string_view server) const noexcept {
    return snapshot_.server.empty() || snapshot_.server == server;
  }

  /// Nothing is sent: the server is another one.
  void refuse();

  /// Nothing more is sent.
  void fail(domain::Error error) { report_.error = std::move(error); }
  [[nodiscard]] bool has_failed() const noexcept { return report_.error.has_value(); }

  /// The script's calls for the entries [begin, end), each for max_fenced_keys of them at most.
  /// `now` is what the lives of the entries are counted from.
  [[nodiscard]] Commands calls(std::size_t begin, std::size_t end, ScriptCall call,
                               domain::Timestamp now) const;

  /// Takes in the replies to those calls. False: the server did not know the script.
  bool take_in(std::size_t begin, std::size_t end, std::span<const Reply> replies);

  [[nodiscard]] application::WriteReport take_report() { return std::move(report_); }

 private:
  const domain::Environment environment_;
  const std::vector<application::CacheEntry> entries_;
  const application::CacheSnapshot snapshot_;
  application::WriteReport report_;
};

}  // namespace hearth::adapters::redis
