#include "adapters/postgres/postgres_repository.hpp"

#include <algorithm>
#include <span>

#include "adapters/postgres/connection_pool.hpp"
#include "adapters/postgres/hottest_stream.hpp"
#include "application/repository_answers.hpp"

namespace hearth::adapters::postgres {

using application::Deadline;
using application::Executor;
using application::ImportMode;
using application::Task;
using domain::Environment;
using domain::ErrorCode;
using domain::Flag;
using domain::FlagKey;
using domain::Result;
using Pool = std::shared_ptr<ConnectionPool>;

namespace {

/// Drafts in one statement of an import: long enough to be fast, short enough for progress.
constexpr std::size_t drafts_per_statement = 500;

/// A bound for pages whose caller set none.
constexpr std::size_t most_rows_a_page = 1'000'000;

std::optional<std::int64_t> as_optional_bigint(std::optional<domain::Version> version) {
  if (!version) return std::nullopt;
  return as_bigint(*version);
}

/// Runs one statement on any connection. Where a dead connection shows that nothing happened, it
/// is tried once more on a new one. `parameters` lives in the caller's frame, which waits.
Task<Result<QueryResult>> query(Pool pool, Statement statement, const Parameters& parameters,
                                Effect effect, Deadline deadline) {
  for (bool is_retry = false;; is_retry = true) {
    auto lease = co_await pool->acquire(deadline);
    if (!lease) co_return std::unexpected(std::move(lease.error()));
    auto answer = co_await (*lease)->run(statement, parameters, effect, deadline);
    if (answer) co_return std::move(*answer);
    const auto& failure = answer.error();
    if (is_retry || !failure.may_be_tried_again()) co_return std::unexpected(failure.error);
    pool->drop_present();
  }
}

Parameters flag_name(const Environment& environment, const FlagKey& key) {
  Parameters parameters;
  parameters.text(environment.text()).text(key.text());
  return parameters;
}

/// Why a change found no row to change. Nothing has changed, so the answer may be an error of
/// this query too.
Task<domain::Error> why_unchanged(Pool pool, Environment environment, FlagKey key,
                                  std::optional<domain::Version> expected, Deadline deadline) {
  if (!expected) co_return application::no_such_flag(environment, key);
  const auto parameters = flag_name(environment, key);
  auto answer =
      co_await query(pool, present_version_statement, parameters, Effect::reads, deadline);
  if (!answer) co_return std::move(answer.error());
  if (answer->rows() == 0) co_return application::no_such_flag(environment, key);
  const auto present = answer->version(0, 0);
  if (!present) co_return present.error();
  co_return application::flag_has_changed(key, *present, *expected);
}

/// A flag and whether it is deleted, as the columns of find_many and find_changed begin.
Result<domain::FlagState> state_in(const QueryResult& answer, int row) {
  auto flag = answer.flag(row);
  const auto is_deleted = answer.boolean(row, flag_columns);
  if (!flag) return std::unexpected(std::move(flag.error()));
  if (!is_deleted) return std::unexpected(is_deleted.error());
  if (*is_deleted) return domain::Tombstone{std::move(flag->key), flag->version};
  return std::move(*flag);
}

Task<Result<std::vector<domain::FlagState>>> find_many_in(Pool pool, Environment environment,
                                                          std::vector<FlagKey> keys,
                                                          Deadline deadline) {
  if (keys.empty()) co_return std::vector<domain::FlagState>();
  std::vector<std::string_view> texts;
  texts.reserve(keys.size());
  for (const auto& key : keys) texts.push_back(key.text());
  Parameters parameters;
  parameters.text(environment.text()).text_array(texts);
  auto answer = co_await query(pool, find_many_statement, parameters, Effect::reads, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));

  std::vector<domain::FlagState> states;
  states.reserve(static_cast<std::size_t>(answer->rows()));
  for (int row = 0; row < answer->rows(); ++row) {
    auto state = state_in(*answer, row);
    if (!state) co_return std::unexpected(std::move(state.error()));
    states.push_back(std::move(*state));
  }
  co_return states;
}

Task<Result<std::vector<application::ChangedState>>> find_changed_in(Pool pool,
                                                                     domain::Version since,
                                                                     std::size_t limit,
                                                                     Deadline deadline) {
  Parameters parameters;
  parameters.bigint(as_bigint(since))
      .bigint(as_bigint(std::uint64_t{std::clamp<std::size_t>(limit, 1, most_rows_a_page)}));
  auto answer = co_await query(pool, find_changed_statement, parameters, Effect::reads, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  std::vector<application::ChangedState> changes;
  changes.reserve(static_cast<std::size_t>(answer->rows()));
  for (int row = 0; row < answer->rows(); ++row) {
    auto state = state_in(*answer, row);
    if (!state) co_return std::unexpected(std::move(state.error()));
    auto environment = Environment::parse(answer->column(row, flag_columns + 1).value_or(""));
    if (!environment) {
      co_return domain::fail(ErrorCode::misconfigured,
                             "A row of feature_flags has an environment that cannot be read; undo "
                             "changes that were made to its checks by hand");
    }
    changes.push_back({std::move(*environment), std::move(*state)});
  }
  co_return changes;
}

Task<Result<domain::Version>> latest_version_in(Pool pool, std::chrono::milliseconds age,
                                                Deadline deadline) {
  Parameters parameters;
  parameters.bigint(std::int64_t{age.count()});
  auto answer = co_await query(pool, latest_version_statement, parameters, Effect::reads, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->rows() == 0) co_return domain::Version{0};
  co_return answer->version(0, 0);
}

Task<Result<application::FlagPage>> list_in(Pool pool, Environment environment,
                                            application::PageRequest request, Deadline deadline) {
  const auto limit = std::clamp<std::size_t>(request.limit, 1, most_rows_a_page);
  Parameters parameters;
  parameters.text(environment.text())
      .text(request.after ? request.after->text() : std::string())
      .bigint(as_bigint(std::uint64_t{limit} + 1));  // one more says whether there is more
  auto answer = co_await query(pool, list_statement, parameters, Effect::reads, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto flags = answer->flags();
  if (!flags) co_return std::unexpected(std::move(flags.error()));
  application::FlagPage page{std::move(*flags), std::nullopt};
  if (page.flags.size() > limit) {
    page.flags.erase(page.flags.begin() + static_cast<std::ptrdiff_t>(limit), page.flags.end());
    page.next_after = page.flags.back().key;
  }
  co_return page;
}

Task<Result<Flag>> create_in(Pool pool, Environment environment, domain::FlagDraft draft,
                             Deadline deadline) {
  auto parameters = flag_name(environment, draft.key);
  parameters.boolean(draft.enabled).integer(draft.rollout_percentage).text(draft.description);
  auto answer = co_await query(pool, create_statement, parameters, Effect::changes, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->rows() == 0) {
    co_return std::unexpected(application::flag_exists(environment, draft.key));
  }
  co_return answer->flag(0);
}

Task<Result<Flag>> update_in(Pool pool, Environment environment, FlagKey key,
                             domain::FlagPatch patch, std::optional<domain::Version> expected,
                             Deadline deadline) {
  auto parameters = flag_name(environment, key);
  parameters.bigint(as_optional_bigint(expected))
      .boolean(patch.enabled)
      .integer(patch.rollout_percentage)
      .text(patch.description);
  auto answer = co_await query(pool, update_statement, parameters, Effect::changes, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->rows() == 0) {
    co_return std::unexpected(co_await why_unchanged(pool, environment, key, expected, deadline));
  }
  co_return answer->flag(0);
}

Task<Result<domain::Tombstone>> remove_in(Pool pool, Environment environment, FlagKey key,
                                          std::optional<domain::Version> expected,
                                          Deadline deadline) {
  auto parameters = flag_name(environment, key);
  parameters.bigint(as_optional_bigint(expected));
  auto answer = co_await query(pool, remove_statement, parameters, Effect::changes, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->rows() == 0) {
    co_return std::unexpected(co_await why_unchanged(pool, environment, key, expected, deadline));
  }
  const auto version = answer->version(0, 0);
  if (!version) co_return std::unexpected(version.error());
  co_return domain::Tombstone{std::move(key), *version};
}

Parameters import_parameters(const Environment& environment,
                             std::span<const domain::FlagDraft> drafts) {
  std::vector<std::string_view> keys;
  std::vector<bool> enabled;
  std::vector<std::int32_t> rollouts;
  std::vector<std::string_view> descriptions;
  for (const auto& draft : drafts) {
    keys.push_back(draft.key.text());
    enabled.push_back(draft.enabled);
    rollouts.push_back(draft.rollout_percentage);
    descriptions.push_back(draft.description);
  }
  Parameters parameters;
  parameters.text(environment.text())
      .text_array(keys)
      .boolean_array(enabled)
      .integer_array(rollouts)
      .text_array(descriptions);
  return parameters;
}

Result<void> add_to_report(const QueryResult& answer, std::size_t drafts,
                           application::ImportReport& report) {
  const auto changed = static_cast<std::size_t>(answer.rows());
  report.unchanged += drafts - changed;
  for (int row = 0; row < answer.rows(); ++row) {
    auto flag = answer.flag(row);
    const auto was_live = answer.boolean(row, flag_columns);
    if (!flag) return std::unexpected(std::move(flag.error()));
    if (!was_live) return std::unexpected(was_live.error());
    ++(*was_live ? report.updated : report.created);
    report.changed.push_back(std::move(*flag));
  }
  return {};
}

/// The import between BEGIN and COMMIT. `drafts` and `report` belong to the caller's frame.
Task<Result<void>> import_all(ConnectionPool::Lease& lease, const Environment& environment,
                              std::span<const domain::FlagDraft> drafts,
                              const application::FlagRepository::Progress& progress,
                              application::ImportReport& report, Deadline deadline) {
  for (std::size_t done = 0; done < drafts.size();) {
    const auto chunk = drafts.subspan(done, std::min(drafts_per_statement, drafts.size() - done));
    const auto parameters = import_parameters(environment, chunk);
    auto answer = co_await lease->run(import_statement, parameters, Effect::reads, deadline);
    if (!answer) co_return std::unexpected(std::move(answer.error().error));
    if (auto added = add_to_report(*answer, chunk.size(), report); !added) co_return added;
    done += chunk.size();
    if (progress) progress(done);
  }
  co_return Result<void>();
}

Task<Result<application::ImportReport>> import_in(Pool pool, Environment environment,
                                                  std::vector<domain::FlagDraft> drafts,
                                                  ImportMode mode,
                                                  application::FlagRepository::Progress progress,
                                                  Deadline deadline) {
  // One order for all imports, so that two at once do not lock each other's rows crosswise.
  std::ranges::sort(drafts, {}, &domain::FlagDraft::key);
  const auto twice = std::ranges::adjacent_find(drafts, {}, &domain::FlagDraft::key);
  if (twice != drafts.end()) {
    co_return std::unexpected(application::draft_occurs_twice(twice->key));
  }
  application::ImportReport report;
  if (drafts.empty()) co_return report;

  auto lease = co_await pool->acquire(deadline);
  if (!lease) co_return std::unexpected(std::move(lease.error()));
  if (auto begun = co_await (*lease)->command("BEGIN", Effect::reads, deadline); !begun) {
    co_return std::unexpected(std::move(begun.error().error));
  }
  auto imported = co_await import_all(*lease, environment, drafts, progress, report, deadline);
  if (!imported) {
    lease->discard();  // the server rolls back
    co_return std::unexpected(std::move(imported.error()));
  }
  if (mode == ImportMode::dry_run) {
    // Should it fail, the connection is lost, and the transaction with it.
    (void)co_await (*lease)->command("ROLLBACK", Effect::reads, deadline);
    co_return report;
  }
  if (auto kept = co_await (*lease)->command("COMMIT", Effect::changes, deadline); !kept) {
    lease->discard();
    co_return std::unexpected(std::move(kept.error().error));
  }
  co_return report;
}

Task<Result<void>> record_in(Pool pool, std::vector<application::AccessCount> accesses,
                             Deadline deadline) {
  if (accesses.empty()) co_return Result<void>();
  std::vector<std::string_view> environments;
  std::vector<std::string_view> keys;
  std::vector<std::int64_t> counts;
  std::vector<domain::Timestamp> last_accesses;
  std::vector<double> heats;
  for (const auto& access : accesses) {
    environments.push_back(access.environment.text());
    keys.push_back(access.key.text());
    counts.push_back(as_bigint(access.count));
    last_accesses.push_back(access.last_accessed_at);
    heats.push_back(access.heat);
  }
  Parameters parameters;
  parameters.text_array(environments)
      .text_array(keys)
      .bigint_array(counts)
      .timestamp_array(last_accesses)
      .double_array(heats);
  auto answer = co_await query(pool, record_statement, parameters, Effect::changes, deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return Result<void>();
}

PostgresSettings for_streams(PostgresSettings settings) {
  constexpr std::size_t streams_at_once = 2;  // a run of the fleet, and one that was asked for
  settings.connections = streams_at_once;
  settings.statement_timeout = settings.stream_timeout;
  return settings;
}

}  // namespace

PostgresRepository::PostgresRepository(Executor executor, PostgresSettings settings)
    : executor_(executor),
      pool_(std::make_shared<ConnectionPool>(executor, settings)),
      streams_(std::make_shared<ConnectionPool>(executor, for_streams(std::move(settings)))) {}

PostgresRepository::~PostgresRepository() = default;

void PostgresRepository::drop_present_connections() noexcept {
  pool_->drop_present();
  streams_->drop_present();
}

Task<Result<std::vector<domain::FlagState>>> PostgresRepository::find_many(
    Environment environment, std::vector<FlagKey> keys, Deadline deadline) {
  co_return co_await application::run_on(
      executor_, find_many_in(pool_, std::move(environment), std::move(keys), deadline));
}

Task<Result<void>> PostgresRepository::stream_hottest(Environment environment,
                                                      application::HeatQuery query,
                                                      application::FlagSink& sink,
                                                      Deadline deadline) {
  const auto caller = co_await boost::asio::this_coro::executor;
  co_return co_await application::run_on(
      executor_,
      postgres::stream_hottest(streams_, caller, std::move(environment), query, sink, deadline));
}

Task<Result<std::vector<application::ChangedState>>> PostgresRepository::find_changed(
    domain::Version since, std::size_t limit, Deadline deadline) {
  co_return co_await application::run_on(executor_, find_changed_in(pool_, since, limit, deadline));
}

Task<Result<domain::Version>> PostgresRepository::latest_version(std::chrono::milliseconds age,
                                                                 Deadline deadline) {
  co_return co_await application::run_on(executor_, latest_version_in(pool_, age, deadline));
}

Task<Result<application::FlagPage>> PostgresRepository::list(Environment environment,
                                                             application::PageRequest page,
                                                             Deadline deadline) {
  co_return co_await application::run_on(
      executor_, list_in(pool_, std::move(environment), std::move(page), deadline));
}

Task<Result<Flag>> PostgresRepository::create(Environment environment, domain::FlagDraft draft,
                                              Deadline deadline) {
  co_return co_await application::run_on(
      executor_, create_in(pool_, std::move(environment), std::move(draft), deadline));
}

Task<Result<Flag>> PostgresRepository::update(Environment environment, FlagKey key,
                                              domain::FlagPatch patch,
                                              std::optional<domain::Version> expected,
                                              Deadline deadline) {
  co_return co_await application::run_on(
      executor_, update_in(pool_, std::move(environment), std::move(key), std::move(patch),
                           expected, deadline));
}

Task<Result<domain::Tombstone>> PostgresRepository::remove(Environment environment, FlagKey key,
                                                           std::optional<domain::Version> expected,
                                                           Deadline deadline) {
  co_return co_await application::run_on(
      executor_, remove_in(pool_, std::move(environment), std::move(key), expected, deadline));
}

Task<Result<application::ImportReport>> PostgresRepository::import(
    Environment environment, std::vector<domain::FlagDraft> drafts, ImportMode mode,
    Progress progress, Deadline deadline) {
  co_return co_await application::run_on(
      executor_, import_in(pool_, std::move(environment), std::move(drafts), mode,
                           std::move(progress), deadline));
}

Task<Result<void>> PostgresRepository::record(std::vector<application::AccessCount> accesses,
                                              Deadline deadline) {
  co_return co_await application::run_on(executor_,
                                         record_in(pool_, std::move(accesses), deadline));
}

}  // namespace hearth::adapters::postgres
