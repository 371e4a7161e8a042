#include "adapters/postgres/query_result.hpp"

#include <libpq-fe.h>

#include "adapters/postgres/wire_format.hpp"

namespace hearth::adapters::postgres {
namespace {

std::unexpected<domain::Error> unreadable_row() {
  return domain::fail(domain::ErrorCode::misconfigured,
                      "A row of feature_flags cannot be read; undo changes that were made to its "
                      "columns or checks by hand");
}

}  // namespace

void QueryResult::Clear::operator()(pg_result* result) const noexcept { PQclear(result); }

int QueryResult::rows() const noexcept { return result_ ? PQntuples(result_.get()) : 0; }

std::optional<std::string_view> QueryResult::column(int row, int column) const noexcept {
  if (PQgetisnull(result_.get(), row, column) != 0) return std::nullopt;
  return std::string_view(PQgetvalue(result_.get(), row, column),
                          static_cast<std::size_t>(PQgetlength(result_.get(), row, column)));
}

domain::Result<bool> QueryResult::boolean(int row, int column) const {
  const auto bytes = this->column(row, column);
  const auto value = bytes ? decode_boolean(*bytes) : std::nullopt;
  if (!value) return unreadable_row();
  return *value;
}

domain::Result<domain::Version> QueryResult::version(int row, int column) const {
  const auto bytes = this->column(row, column);
  const auto value = bytes ? decode_bigint(*bytes) : std::nullopt;
  if (!value) return unreadable_row();
  return static_cast<domain::Version>(*value);
}

domain::Result<std::optional<double>> QueryResult::optional_real(int row, int column) const {
  const auto bytes = this->column(row, column);
  if (!bytes) return std::nullopt;
  const auto value = decode_double(*bytes);
  if (!value) return unreadable_row();
  return value;
}

domain::Result<domain::Flag> QueryResult::flag(int row) const {
  const auto bytes = [&](int index) { return column(row, index).value_or(std::string_view()); };
  auto key = domain::FlagKey::parse(bytes(0));
  const auto enabled = decode_boolean(bytes(1));
  const auto rollout = decode_integer(bytes(2));
  const auto version = decode_bigint(bytes(4));
  const auto created_at = decode_timestamp(bytes(5));
  const auto updated_at = decode_timestamp(bytes(6));
  if (!key || !enabled || !rollout || !version || !created_at || !updated_at) {
    return unreadable_row();
  }
  return domain::Flag{.key = std::move(*key),
                      .enabled = *enabled,
                      .rollout_percentage = *rollout,
                      .description = std::string(bytes(3)),
                      .version = static_cast<domain::Version>(*version),
                      .created_at = *created_at,
                      .updated_at = *updated_at};
}

domain::Result<std::vector<domain::Flag>> QueryResult::flags() const {
  std::vector<domain::Flag> flags;
  flags.reserve(static_cast<std::size_t>(rows()));
  for (int row = 0; row < rows(); ++row) {
    auto flag = this->flag(row);
    if (!flag) return std::unexpected(std::move(flag.error()));
    flags.push_back(std::move(*flag));
  }
  return flags;
}

}  // namespace hearth::adapters::postgres
