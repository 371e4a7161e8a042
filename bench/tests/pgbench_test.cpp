#include <gtest/gtest.h>

#include <stdexcept>

#include "bench/pgbench_reference.hpp"

namespace hearth::bench {
namespace {

const std::string output =
    "pgbench (15.8 (Debian 15.8-0+deb12u1))\ntransaction type: script.sql\nscaling factor: 1\n"
    "query mode: prepared\nnumber of clients: 4\nnumber of threads: 1\n"
    "maximum number of tries: 1\nduration: 3 s\n"
    "number of transactions actually processed: 61234\n"
    "number of failed transactions: 0 (0.000%)\nlatency average = 0.196 ms\n"
    "initial connection time = 14.2 ms\ntps = 20411.333 (without initial connection time)\n";

constexpr auto sql =
    "\nSELECT f.flag_key\nFROM feature_flags f\n"
    "WHERE f.environment = $1::text AND f.flag_key = ANY ($2::text[])";

TEST(PgbenchOutput, RateAndLatencyAreRead) {
  const auto report = parse_pgbench_output(output);

  EXPECT_DOUBLE_EQ(report.statements_per_second, 20'411.333);
  EXPECT_DOUBLE_EQ(report.average_ms, 0.196);
}

TEST(PgbenchOutput, FailedTransactionsAreAnError) {
  auto failed = output;
  failed.replace(failed.find("transactions: 0 ("), 15, "transactions: 7");

  EXPECT_THROW((void)parse_pgbench_output(failed), std::runtime_error);
}

TEST(PgbenchOutput, MissingFigureIsAnError) {
  EXPECT_THROW((void)parse_pgbench_output(output.substr(0, output.find("tps"))),
               std::runtime_error);
}

TEST(PgbenchScript, ReadsSoManyFlagsWithHearthsStatement) {
  EXPECT_EQ(pgbench_script(sql, 1'000, 2),
            "\\set n0 random(0, 999)\n\\set n1 random(0, 999)\n\nSELECT f.flag_key\n"
            "FROM feature_flags f\nWHERE f.environment = 'production' AND f.flag_key = ANY "
            "(ARRAY['checkout.payment-method-' || :n0::text, "
            "'checkout.payment-method-' || :n1::text]);\n");
}

TEST(PgbenchScript, StatementWithOtherParametersIsAnError) {
  EXPECT_THROW((void)pgbench_script("SELECT 1", 10, 1), std::runtime_error);
}

}  // namespace
}  // namespace hearth::bench
