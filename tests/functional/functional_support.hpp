#pragma once

#include <boost/json/value.hpp>

#include <filesystem>
#include <string>
#include <string_view>

#include "support/hearth_process.hpp"
#include "support/http_client.hpp"

namespace hearth::functional {

/// The token that the servers of these tests take for an administrator's.
inline constexpr std::string_view admin_token = "functional-test-token-0123456789";

/// What every server of these tests is started with; quiet, and with that token.
[[nodiscard]] test_support::Environment basic_environment();

/// The headers of an administrator, with one more if it is named.
[[nodiscard]] test_support::HttpHeaders admin(std::string_view name = {},
                                              std::string_view value = {});

/// The body as JSON. Throws boost::system::system_error, and so fails the test, if it is none.
[[nodiscard]] boost::json::value json_of(const test_support::HttpResponse& response);
[[nodiscard]] boost::json::value json_of(std::string_view text);

/// A member of an object, by a path like `dependencies.cache`; part of `value`.
[[nodiscard]] const boost::json::value& at(const boost::json::value& value, std::string_view path);

/// The members' names in their order, with a blank between them.
[[nodiscard]] std::string names_of(const boost::json::value& object);

/// Expects the error answer of the contract: this status, this code, two members, and a message
/// that has `part` in it.
void expect_error(const test_support::HttpResponse& response, int status, std::string_view code,
                  std::string_view part = {});

/// A public read of a flag in the server's own environment.
[[nodiscard]] test_support::HttpResponse read_flag(const test_support::HearthServer& server,
                                                   std::string_view key);

/// Creates or changes a flag as an administrator.
test_support::HttpResponse create_flag(const test_support::HearthServer& server,
                                       std::string_view body);
test_support::HttpResponse patch_flag(const test_support::HearthServer& server,
                                      std::string_view key, std::string_view body,
                                      std::string_view if_match = {});

/// Reads until the cache answers; false if it does not within 5 s.
[[nodiscard]] bool becomes_a_hit(const test_support::HearthServer& server, std::string_view key);

/// Writes a file, and reads one. Throw std::runtime_error if that cannot be done.
void write_file(const std::filesystem::path& path, std::string_view text);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace hearth::functional
