#include "bench/start_summary.hpp"

#include <algorithm>

namespace hearth::bench {

using checks::Clock;

FleetStart summary_of(std::span<const checks::StartRecord> records, Clock::time_point released) {
  FleetStart start;
  const auto since = [&](Clock::time_point time) {
    return std::chrono::duration<double>(time - released).count();
  };
  for (const auto& record : records) {
    start.reads += record.reads;
    start.misses += record.misses;
    start.failed += record.failed;
    if (!record.first_answer) continue;
    start.all_answer_seconds = std::max(start.all_answer_seconds, since(*record.first_answer));
    start.only_hits_seconds =
        std::max(start.only_hits_seconds, since(record.last_miss.value_or(*record.first_answer)));
  }
  return start;
}

bool is_settled(std::span<const checks::StartRecord> records, Clock::time_point now,
                std::chrono::seconds quiet) {
  return std::ranges::all_of(records, [&](const checks::StartRecord& record) {
    return record.first_answer && now - *record.first_answer > quiet &&
           (!record.last_miss || now - *record.last_miss > quiet);
  });
}

}  // namespace hearth::bench
