#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "application/deadline.hpp"
#include "application/ports/cache_adapter.hpp"
#include "application/task.hpp"
#include "domain/error.hpp"
#include "domain/flag.hpp"
#include "domain/names.hpp"

namespace hearth::application {

/// What one heartbeat found.
struct Heartbeat {
  std::string server;  ///< the run id of the server that answered
  std::string epoch;   ///< what stands there as the epoch, be it a claim or old; empty: nothing
  /// False: the registration that this heartbeat renews had ended, or had been forgotten.
  bool was_member = false;
  /// Which subscription answered, counted from 1: another number is a new one. 0: none answered.
  std::uint64_t subscription = 0;
};

/// What is known of a change that has been published.
struct Announcement {
  std::vector<std::string> members;  ///< the other processes whose lease has not ended
  std::string epoch;                 ///< as it stands now; empty: none
  std::chrono::milliseconds epoch_age{};
};

/// What became of a change that was written and announced in one go.
struct AnnouncedWrite {
  WriteReport report;
  Announcement announcement;
};

/// How many entries can be written and announced in one go.
inline constexpr std::size_t most_entries_announced = 200;

/// A flag that has changed, and since which version.
struct ChangedFlagKey {
  domain::FlagKey key;
  domain::Version version = 0;
};

/// One page of the entries that the shared cache holds.
struct EntryPage {
  std::int64_t cache_time_ms = 0;  ///< when it was asked for
  std::vector<domain::FlagKey> keys;
  std::string next;  ///< pass on for the next page; empty: that was all
};

/// What a process does about what others tell it. Both are called on the executor's thread.
struct FleetListener {
  /// These flags have changed. When it returns, this process has none of their old states left to
  /// serve, and confirms that to the writer.
  std::function<void(const domain::Environment&, const std::vector<domain::FlagKey>&)> changed;
  /// That member has confirmed the announcement of this number.
  std::function<void(std::uint64_t number, const std::string& member)> confirmed;
};

/// The processes that share one cache and one environment, as one of them sees the others
/// (docs/coherence/README.md, rules 4, 6 and 7). An instance is one member, with one id, in each
/// environment that it names.
///
/// Threading: belongs to one executor. Deadline: past it the answer is `deadline_exceeded`.
/// `unavailable`: the shared cache cannot be reached.
class Fleet {
 public:
  virtual ~Fleet() = default;

  /// From now on hears what others tell. Once, before everything else.
  virtual void listen(FleetListener listener) = 0;

  /// One heartbeat: first proves that this process hears of changes, then renews its registration
  /// for `lease` (if `keeps_copies`; otherwise nobody has to wait for it) and asks for the server
  /// and the epoch, in this order. A subscription that does not answer is no error: see
  /// Heartbeat::subscription. The first heartbeat of an environment begins to listen for it.
  [[nodiscard]] virtual Task<domain::Result<Heartbeat>> beat(domain::Environment environment,
                                                             std::chrono::milliseconds lease,
                                                             bool keeps_copies,
                                                             Deadline deadline) = 0;

  /// Publishes that these flags have changed and says who has to confirm it. `number` comes back
  /// with the confirmations; 0: nobody need confirm.
  [[nodiscard]] virtual Task<domain::Result<Announcement>> announce(
      domain::Environment environment, std::vector<ChangedFlagKey> changes, std::uint64_t number,
      Deadline deadline) = 0;

  /// Writes these entries through the fence, as CacheAdapter::set_many does, and then announces
  /// them, as `announce` does. One round trip: the cache takes the one after the other. At least
  /// one entry, at most most_entries_announced. A write that is refused or fails is announced all
  /// the same. An error says that neither is known to have happened.
  [[nodiscard]] virtual Task<domain::Result<AnnouncedWrite>> write_and_announce(
      domain::Environment environment, std::vector<CacheEntry> entries, CacheSnapshot snapshot,
      std::uint64_t number, Deadline deadline) = 0;

  /// Puts a claim of this process where the epoch stands, if the server and the text there are
  /// still those of `found`: from then on only writes under that claim are accepted. All
  /// registrations end. Nothing: something has happened in between, or a claim of another process
  /// that is younger than `span` stands there.
  [[nodiscard]] virtual Task<domain::Result<std::optional<std::string>>> claim_restoration(
      domain::Environment environment, Heartbeat found, std::chrono::milliseconds span,
      Deadline deadline) = 0;

  /// Puts a new epoch where the claim stands, if the server is still this one. False: something
  /// has happened in between, and nothing has changed.
  [[nodiscard]] virtual Task<domain::Result<bool>> begin_epoch(domain::Environment environment,
                                                               std::string server,
                                                               std::string claim,
                                                               Deadline deadline) = 0;

  /// The keys of the entries that the cache holds, page by page, beginning with an empty `from`.
  /// A key may come twice; one that comes or goes meanwhile may be left out.
  [[nodiscard]] virtual Task<domain::Result<EntryPage>> list_entries(
      domain::Environment environment, std::string from, Deadline deadline) = 0;

  /// Takes the turn at `work` (letters and hyphens) for this process. False: somebody has it
  /// already. It ends `life` from now. It keeps a fleet from doing the same work many times;
  /// correctness never rests on it.
  [[nodiscard]] virtual Task<domain::Result<bool>> take_turn(domain::Environment environment,
                                                             std::string work,
                                                             std::chrono::milliseconds life,
                                                             Deadline deadline) = 0;

  /// Has that turn end `life` from now, whoever has it: asked by who has just done the work, or a
  /// part of it, after which nobody need do it for so long.
  [[nodiscard]] virtual Task<domain::Result<void>> keep_turn(domain::Environment environment,
                                                             std::string work,
                                                             std::chrono::milliseconds life,
                                                             Deadline deadline) = 0;

  /// Nobody has to wait for this process any more.
  [[nodiscard]] virtual Task<void> leave(Deadline deadline) = 0;
};

}  // namespace hearth::application
