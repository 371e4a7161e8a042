#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/error.hpp"
#include "domain/flag.hpp"

struct pg_result;  // libpq's, which stays inside the sources of this folder

namespace hearth::adapters::postgres {

/// The rows that a statement answered, in binary. Move-only.
class QueryResult {
 public:
  QueryResult() = default;
  /// Takes ownership.
  explicit QueryResult(pg_result* result) : result_(result) {}

  [[nodiscard]] int rows() const noexcept;
  /// The bytes of a column, which live as long as this object; nothing for NULL.
  [[nodiscard]] std::optional<std::string_view> column(int row, int column) const noexcept;

  /// `internal` if the columns are not what was asked for: a schema changed by hand.
  [[nodiscard]] domain::Result<bool> boolean(int row, int column) const;
  [[nodiscard]] domain::Result<domain::Version> version(int row, int column) const;
  /// Nothing for NULL.
  [[nodiscard]] domain::Result<std::optional<double>> optional_real(int row, int column) const;
  /// From the flag_columns columns that statements.hpp names.
  [[nodiscard]] domain::Result<domain::Flag> flag(int row) const;
  /// All rows.
  [[nodiscard]] domain::Result<std::vector<domain::Flag>> flags() const;

  [[nodiscard]] pg_result* get() const noexcept { return result_.get(); }

 private:
  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace hearth::adapters::postgres
