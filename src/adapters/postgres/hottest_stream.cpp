#include "adapters/postgres/hottest_stream.hpp"

#include <algorithm>
#include <utility>

#include "adapters/postgres/hottest_order.hpp"

namespace hearth::adapters::postgres {

using application::Deadline;
using application::Executor;
using application::FlagSink;
using application::HeatQuery;
using application::Task;
using domain::Error;
using domain::ErrorCode;
using domain::Flag;
using domain::Result;

namespace {

/// The rows of one batch as they come.
class Batch {
 public:
  explicit Batch(std::size_t size) : size_(std::max<std::size_t>(size, 1)) {}

  /// True: there is room for more.
  bool add(const QueryResult& rows) {
    for (int row = 0; row < rows.rows(); ++row) {
      auto flag = rows.flag(row);
      const auto heat = rows.optional_real(row, flag_columns);
      if (!flag || !heat) {
        error_ = flag ? heat.error() : flag.error();
        return false;
      }
      if (!order_.admits(*heat, flag->key)) {
        error_ = Error{ErrorCode::internal,
                       "PostgreSQL gave the hottest flags in another order than was asked for"};
        return false;
      }
      flags_.push_back(std::move(*flag));
    }
    return flags_.size() < size_;
  }

  /// A row that cannot be used: the query is of no more use.
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

  [[nodiscard]] std::vector<Flag> take() { return std::exchange(flags_, {}); }

 private:
  const std::size_t size_;
  std::vector<Flag> flags_;
  HottestOrder order_;
  std::optional<Error> error_;
};

/// One attempt on one connection. `began`: whether the sink has been given something.
Task<std::optional<StatementFailure>> stream_on(ConnectionPool::Lease& lease,
                                                const Parameters& parameters, HeatQuery query,
                                                Executor caller, FlagSink& sink, bool& began,
                                                Deadline deadline) {
  if (auto failure = co_await lease->begin_rows(find_hottest_statement, parameters, deadline)) {
    co_return failure;
  }
  Batch batch(query.batch);
  const ResultTaker add = [&batch](const QueryResult& rows) { return batch.add(rows); };
  bool has_more = true;
  while (has_more) {
    const auto read = co_await lease->read_rows(add, deadline);
    if (!read) co_return read.error();
    if (batch.error()) co_return StatementFailure{*batch.error()};
    has_more = *read;
    auto flags = batch.take();
    if (flags.empty()) continue;
    began = true;
    const bool wanted = co_await application::run_on(caller, sink.take(std::move(flags)));
    if (!wanted) break;
  }
  co_return std::nullopt;
}

}  // namespace

Task<Result<void>> stream_hottest(std::shared_ptr<ConnectionPool> pool, Executor caller,
                                  domain::Environment environment, HeatQuery query, FlagSink& sink,
                                  Deadline deadline) {
  Parameters parameters;
  parameters.text(environment.text())
      .bigint(as_bigint(std::uint64_t{query.limit}))
      .boolean(query.include_disabled);
  bool began = false;
  for (bool is_retry = false;; is_retry = true) {
    auto lease = co_await pool->acquire(deadline);
    if (!lease) co_return std::unexpected(std::move(lease.error()));
    auto failure = co_await stream_on(*lease, parameters, query, caller, sink, began, deadline);
    if (!failure) co_return Result<void>();
    if (is_retry || began || !failure->may_be_tried_again()) {
      co_return std::unexpected(std::move(failure->error));
    }
    pool->drop_present();
  }
}

}  // namespace hearth::adapters::postgres
