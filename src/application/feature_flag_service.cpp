#include "application/feature_flag_service.hpp"

#include <set>
#include <utility>

#include "application/repository_answers.hpp"
#include "application/within.hpp"

namespace hearth::application {
namespace {

using domain::Environment;
using domain::ErrorCode;
using domain::fail;
using domain::Flag;
using domain::FlagKey;
using domain::FlagKeyView;
using domain::FlagState;
using domain::Result;
using domain::Tombstone;

/// A repository's answer about a live flag or a deletion, as the state it leaves behind.
template <class T>
Task<Result<FlagState>> as_state(Task<Result<T>> change) {
  auto result = co_await std::move(change);
  if (!result) co_return std::unexpected(std::move(result.error()));
  co_return FlagState(std::move(*result));
}

/// What is loaded, waited for only as long as somebody does who could be answered with what was
/// known last.
template <class T>
Task<Result<T>> with_patience(Task<Result<T>> load, std::chrono::milliseconds patience) {
  const auto executor = co_await boost::asio::this_coro::executor;
  auto loaded = co_await within(executor, deadline_in(patience), std::move(load));
  if (loaded) co_return std::move(*loaded);
  co_return fail(ErrorCode::deadline_exceeded, "The database did not answer in time");
}

Result<ChangedFlag> as_changed_flag(Result<CommittedChange> committed) {
  if (!committed) return std::unexpected(std::move(committed.error()));
  return ChangedFlag{std::get<Flag>(std::move(committed->state)), committed->in_force};
}

}  // namespace

FlagEvaluation evaluate(const Flag& flag, std::optional<std::string_view> user_id,
                        ReadSource source) {
  return {flag.key, domain::evaluate(flag, user_id), source};
}

FeatureFlagService::FeatureFlagService(Parts parts, Settings settings)
    : parts_(parts), settings_(settings) {}

BegunRead FeatureFlagService::begin_read(const Environment& environment, FlagKeyView key,
                                         std::chrono::steady_clock::time_point begin) {
  if (!parts_.near.is_enabled()) return {begin};
  return {begin, parts_.clock.since_boot(), parts_.near.stamp(environment, key)};
}

std::optional<CachedFlag> FeatureFlagService::take_hit(const Environment& environment,
                                                       FlagKeyView key, const BegunRead& begun,
                                                       const Result<CacheRead>& found) {
  const auto flag = found ? found->flag() : std::nullopt;
  if (!flag) return std::nullopt;
  parts_.readiness.note_cache(true);
  parts_.refresher.note_read(environment, key, found->expires_in);
  if (parts_.near.is_enabled()) {
    parts_.near.put(environment, domain::copy_of(*flag), begun.stamp, begun.looked);
  }
  const auto end = std::chrono::steady_clock::now();
  parts_.statistics.record_read(ReadSource::hit, begun.begin, end);
  parts_.accesses.record(environment, key);
  return CachedFlag{*flag, end};
}

Task<Result<FlagRead>> FeatureFlagService::finish_read(Environment environment, FlagKey key,
                                                       BegunRead begun, Result<CacheRead> found) {
  parts_.readiness.note_cache(found.has_value());
  if (found && found->tombstone() != nullptr) {
    StateRead read{*found->tombstone(), ReadSource::hit};
    parts_.near.put(environment, read.state, begun.stamp, begun.looked);
    co_return answer(environment, key, begun, std::move(read));
  }
  auto loaded = co_await load(environment, key);
  if (loaded) {
    parts_.near.put(environment, *loaded, begun.stamp, begun.looked);
    StateRead read{std::move(*loaded), ReadSource::miss};
    co_return answer(environment, key, begun, std::move(read));
  }
  if (const auto* last = parts_.near.last_known(environment, key)) {
    StateRead read{*last, ReadSource::stale};
    co_return answer(environment, key, begun, std::move(read));
  }
  co_return std::unexpected(std::move(loaded.error()));
}

Result<FlagRead> FeatureFlagService::answer(const Environment& environment, const FlagKey& key,
                                            const BegunRead& begun, StateRead read) {
  parts_.statistics.record_read(read.source, begun.begin, std::chrono::steady_clock::now());
  auto* flag = std::get_if<Flag>(&read.state);
  if (flag == nullptr) return std::unexpected(no_such_flag(environment, key));
  parts_.accesses.record(environment, key);
  return FlagRead{std::move(*flag), read.source};
}

Task<Result<FlagState>> FeatureFlagService::load(Environment environment, FlagKey key) {
  auto load = parts_.loader.load(environment, key);
  if (parts_.near.last_known(environment, key) == nullptr) return load;
  return with_patience(std::move(load), settings_.stale_patience);
}

Task<Result<FlagRead>> FeatureFlagService::get(Environment environment, FlagKey key) {
  const auto begun = begin_read(environment, key, std::chrono::steady_clock::now());
  if (const auto* copy = parts_.near.find(environment, key.text(), begun.looked)) {
    StateRead read{copy->state, ReadSource::near};
    co_return answer(environment, key, begun, std::move(read));
  }
  auto found = co_await ask_cache(environment, key, begun);
  if (const auto hit = take_hit(environment, key, begun, found)) {
    co_return FlagRead{domain::copy_of(hit->flag), ReadSource::hit};
  }
  co_return co_await finish_read(std::move(environment), std::move(key), begun, std::move(found));
}

std::optional<NearFlag> FeatureFlagService::get_near(const Environment& environment,
                                                     std::string_view key,
                                                     std::chrono::steady_clock::time_point begin) {
  if (!parts_.near.is_enabled()) return std::nullopt;
  auto* copy = parts_.near.find(environment, key, parts_.clock.since_boot());
  const auto* flag = copy == nullptr ? nullptr : std::get_if<Flag>(&copy->state);
  if (flag == nullptr) return std::nullopt;
  const auto end = std::chrono::steady_clock::now();
  parts_.statistics.record_read(ReadSource::near, begin, end);
  parts_.accesses.record(environment, flag->key);
  return NearFlag{*flag, copy->rendering, end};
}

Task<Result<FlagEvaluation>> FeatureFlagService::evaluate(Environment environment, FlagKey key,
                                                          std::optional<std::string> user_id) {
  auto found = co_await get(std::move(environment), std::move(key));
  if (!found) co_return std::unexpected(std::move(found.error()));
  co_return application::evaluate(found->flag, user_id, found->source);
}

Task<Result<AllFlagsRead>> FeatureFlagService::get_all(Environment environment) {
  const auto now = parts_.clock.since_boot();
  if (auto kept = parts_.snapshots.find(environment, now)) {
    co_return AllFlagsRead{std::move(kept), ReadSource::near};
  }
  // Before anything is read: what is heard of from here on voids the snapshot that is kept below.
  const auto stamp = parts_.snapshots.stamp(environment);
  auto loaded = co_await load_all(environment);
  if (loaded) {
    parts_.snapshots.put(environment, *loaded, stamp, now);
    co_return AllFlagsRead{std::move(*loaded), ReadSource::miss};
  }
  if (auto last = parts_.snapshots.last_known(environment)) {
    co_return AllFlagsRead{std::move(last), ReadSource::stale};
  }
  co_return std::unexpected(std::move(loaded.error()));
}

Task<Result<AllFlags>> FeatureFlagService::load_all(Environment environment) {
  auto load = parts_.loader.load_all(environment);
  if (!parts_.snapshots.last_known(environment)) return load;
  return with_patience(std::move(load), settings_.stale_patience);
}

Task<Result<FlagPage>> FeatureFlagService::list(Environment environment, PageRequest page) {
  return parts_.repository.list(std::move(environment), std::move(page), database_deadline());
}

Task<Result<Flag>> FeatureFlagService::find(Environment environment, FlagKey key) {
  std::vector<FlagKey> keys;
  keys.push_back(key);
  auto found =
      co_await parts_.repository.find_many(environment, std::move(keys), database_deadline());
  if (!found) co_return std::unexpected(std::move(found.error()));
  for (auto& state : *found) {
    if (auto* flag = std::get_if<Flag>(&state)) co_return std::move(*flag);
  }
  co_return std::unexpected(no_such_flag(environment, key));
}

Task<Result<CommittedChange>> FeatureFlagService::commit(Environment environment, FlagKey key,
                                                         Task<Result<FlagState>> change) {
  return run_on(parts_.engine,
                parts_.changes.commit(std::move(environment), std::move(key), std::move(change)));
}

Task<Result<ChangedFlag>> FeatureFlagService::create(Environment environment,
                                                     domain::FlagDraft draft) {
  if (auto valid = domain::validate(draft); !valid) {
    co_return std::unexpected(std::move(valid.error()));
  }
  auto key = draft.key;
  auto change =
      as_state(parts_.repository.create(environment, std::move(draft), database_deadline()));
  co_return as_changed_flag(
      co_await commit(std::move(environment), std::move(key), std::move(change)));
}

Task<Result<ChangedFlag>> FeatureFlagService::update(Environment environment, FlagKey key,
                                                     domain::FlagPatch patch,
                                                     std::optional<domain::Version> expected) {
  if (auto valid = domain::validate(patch); !valid) {
    co_return std::unexpected(std::move(valid.error()));
  }
  auto change = as_state(
      parts_.repository.update(environment, key, std::move(patch), expected, database_deadline()));
  co_return as_changed_flag(
      co_await commit(std::move(environment), std::move(key), std::move(change)));
}

Task<Result<bool>> FeatureFlagService::remove(Environment environment, FlagKey key,
                                              std::optional<domain::Version> expected) {
  auto change = as_state(parts_.repository.remove(environment, key, expected, database_deadline()));
  auto committed = co_await commit(std::move(environment), std::move(key), std::move(change));
  if (!committed) co_return std::unexpected(std::move(committed.error()));
  co_return committed->in_force;
}

Task<Result<ImportedFlags>> FeatureFlagService::import(Environment environment,
                                                       std::vector<domain::FlagDraft> drafts,
                                                       ImportMode mode,
                                                       FlagRepository::Progress progress) {
  std::set<FlagKey> keys;
  for (const auto& draft : drafts) {
    if (auto valid = domain::validate(draft); !valid) {
      co_return fail(valid.error().code, draft.key.text() + ": " + valid.error().message);
    }
    if (!keys.insert(draft.key).second) {
      co_return std::unexpected(draft_occurs_twice(draft.key));
    }
  }
  co_return co_await run_on(
      parts_.engine,
      import_on_engine(std::move(environment), std::move(drafts), mode, std::move(progress)));
}

Task<Result<ImportedFlags>> FeatureFlagService::import_on_engine(
    Environment environment, std::vector<domain::FlagDraft> drafts, ImportMode mode,
    FlagRepository::Progress progress) {
  const auto before = parts_.changes.snapshot(environment);
  std::vector<FlagKey> keys;
  keys.reserve(drafts.size());
  for (const auto& draft : drafts) keys.push_back(draft.key);
  auto report =
      co_await parts_.repository.import(environment, std::move(drafts), mode, std::move(progress),
                                        deadline_in(settings_.import_timeout));
  if (!report) {
    if (report.error().code == ErrorCode::in_doubt) parts_.changes.look_again(environment, keys);
    co_return std::unexpected(std::move(report.error()));
  }
  ImportedFlags imported{std::move(*report), true};
  if (mode == ImportMode::apply && !imported.report.changed.empty()) {
    std::vector<FlagState> states(imported.report.changed.begin(), imported.report.changed.end());
    imported.in_force =
        co_await parts_.changes.write(std::move(environment), std::move(states), before);
  }
  co_return imported;
}

}  // namespace hearth::application
