#include "bench/pgbench_reference.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/child_process.hpp"
#include "support/postgres_server.hpp"
#include "support/temporary_directory.hpp"

namespace hearth::bench {
namespace {

void replace(std::string& text, std::string_view what, const std::string& with) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("no " + std::string(what) + " in " + text);
  text.replace(at, what.size(), with);
}

/// The number that follows `before` in `output`.
double number_after(std::string_view output, std::string_view before) {
  const auto at = output.find(before);
  double value = 0;
  if (at != std::string_view::npos) {
    const auto digits = output.substr(at + before.size());
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc()) {
      return value;
    }
  }
  throw std::runtime_error("pgbench has not told '" + std::string(before) +
                           "': " + std::string(output));
}

}  // namespace

std::string pgbench_script(std::string sql, std::size_t flags, std::size_t keys) {
  std::string choices;
  std::string array;
  for (std::size_t i = 0; i < keys; ++i) {
    const auto name = "n" + std::to_string(i);
    choices += "\\set " + name + " random(0, " + std::to_string(flags - 1) + ")\n";
    if (i > 0) array += ", ";
    array += "'checkout.payment-method-' || :" + name + "::text";
  }
  replace(sql, "$1::text", "'production'");
  replace(sql, "ANY ($2::text[])", "ANY (ARRAY[" + array + "])");
  // A statement of pgbench's ends with its semicolon only.
  return choices + sql + ";\n";
}

PgbenchReport parse_pgbench_output(std::string_view output) {
  if (number_after(output, "number of failed transactions: ") > 0) {
    throw std::runtime_error("pgbench: transactions failed: " + std::string(output));
  }
  PgbenchReport report;
  report.average_ms = number_after(output, "latency average = ");
  report.statements_per_second = number_after(output, "\ntps = ");
  return report;
}

PgbenchReport run_pgbench(const PgbenchLoad& load, const std::function<void()>& meanwhile) {
  const test_support::TemporaryDirectory folder;
  const auto script = folder.path() / "script.sql";
  std::ofstream(script) << load.script;
  test_support::ChildOptions options;
  options.standard_output = folder.path() / "output";
  options.standard_error = options.standard_output;
  auto child = test_support::ChildProcess::start(
      {test_support::postgres_program("pgbench").string(), "--no-vacuum", "--protocol=prepared",
       "--client=" + std::to_string(load.connections), "--jobs=1",
       "--time=" + std::to_string(load.duration.count()), "--file=" + script.string(),
       load.database_url},
      options);
  meanwhile();
  constexpr std::chrono::seconds grace{20};
  const auto status = child.wait(load.duration + grace);
  std::ifstream file(*options.standard_output, std::ios::binary);
  const std::string output(std::istreambuf_iterator<char>(file), {});
  if (status != 0) throw std::runtime_error("pgbench failed: " + output);
  return parse_pgbench_output(output);
}

}  // namespace hearth::bench
