#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "functional/functional_support.hpp"
#include "support/hearth_process.hpp"

namespace hearth::functional {

/// Cases that talk to one embedded server (SQLite, in-process cache), which is started with the
/// first of them. Its environments `production` and `untouched` hold the flags `seed-1` to
/// `seed-9`; no case warms the latter as a whole. Each case uses keys of its own.
class HttpServerTest : public testing::Test {
 protected:
  [[nodiscard]] static test_support::HearthServer& server();

  [[nodiscard]] static test_support::HttpResponse get(
      std::string_view target, const test_support::HttpHeaders& headers = {}) {
    return server().request("GET", target, headers);
  }

  /// The flag as the admin API shows it, from the database; 404's body if there is none.
  [[nodiscard]] static std::string stored(std::string_view key) {
    return get("/api/admin/flags/" + std::string(key), admin()).body;
  }
};

}  // namespace hearth::functional
