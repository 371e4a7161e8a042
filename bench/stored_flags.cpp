#include "bench/stored_flags.hpp"

#include "support/postgres_server.hpp"

namespace hearth::bench {

std::string flag_key(std::size_t number) {
  return "checkout.payment-method-" + std::to_string(number);
}

std::string redis_key(std::size_t number) { return "feature_flags:production:" + flag_key(number); }

void store_flags(const std::string& database_url, std::size_t count) {
  test_support::execute(
      database_url,
      "INSERT INTO feature_flags (flag_key, environment, enabled, description) "
      "SELECT 'checkout.payment-method-' || n, 'production', true, 'Offers the payment method "
      "number ' || n || ' in the checkout, to the customers of the countries that have it.' "
      "FROM generate_series(0, " +
          std::to_string(count - 1) + ") n");
  // As long ago as most flags' last change: what has just changed is written to Redis anyway.
  test_support::execute(database_url,
                        "ALTER TABLE feature_flags DISABLE TRIGGER USER; "
                        "UPDATE feature_flags SET updated_at = now() - interval '1 hour'; "
                        "ALTER TABLE feature_flags ENABLE TRIGGER USER");
  test_support::execute(database_url, "VACUUM FULL ANALYZE feature_flags");
}

}  // namespace hearth::bench
