#include "functional/functional_support.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/eventually.hpp"

namespace hearth::functional {

using test_support::Environment;
using test_support::HearthServer;
using test_support::HttpHeaders;
using test_support::HttpResponse;
namespace json = boost::json;

Environment basic_environment() {
  return {{"ADMIN_TOKEN", std::string(admin_token)}, {"THREADS", "2"}, {"LOG_LEVEL", "warn"}};
}

HttpHeaders admin(std::string_view name, std::string_view value) {
  HttpHeaders headers{{"Authorization", "Bearer " + std::string(admin_token)}};
  if (!name.empty()) headers.emplace(name, value);
  return headers;
}

json::value json_of(const HttpResponse& response) { return json_of(response.body); }

json::value json_of(std::string_view text) { return json::parse({text.data(), text.size()}); }

const json::value& at(const json::value& value, std::string_view path) {
  const auto dot = path.find('.');
  const auto name = path.substr(0, dot);
  const auto& member = value.as_object().at({name.data(), name.size()});
  return dot == std::string_view::npos ? member : at(member, path.substr(dot + 1));
}

std::string names_of(const json::value& object) {
  std::string names;
  for (const auto& member : object.as_object()) {
    if (!names.empty()) names += ' ';
    names.append(member.key().data(), member.key().size());
  }
  return names;
}

void expect_error(const HttpResponse& response, int status, std::string_view code,
                  std::string_view part) {
  EXPECT_EQ(response.status, status) << response.body;
  EXPECT_EQ(response.header("Content-Type"), "application/json; charset=utf-8");
  const auto body = json_of(response);
  EXPECT_EQ(names_of(body), "error message") << response.body;
  EXPECT_EQ(at(body, "error"), json::value(json::string_view(code.data(), code.size())));
  EXPECT_FALSE(at(body, "message").as_string().empty()) << response.body;
  EXPECT_NE(response.body.find(part), std::string::npos) << response.body << "\nlacks: " << part;
}

HttpResponse read_flag(const HearthServer& server, std::string_view key) {
  return server.request("GET", "/api/config/flags/" + std::string(key));
}

HttpResponse create_flag(const HearthServer& server, std::string_view body) {
  return server.request("POST", "/api/admin/flags", admin(), body);
}

HttpResponse patch_flag(const HearthServer& server, std::string_view key, std::string_view body,
                        std::string_view if_match) {
  return server.request("PATCH", "/api/admin/flags/" + std::string(key),
                        if_match.empty() ? admin() : admin("If-Match", if_match), body);
}

bool becomes_a_hit(const HearthServer& server, std::string_view key) {
  return test_support::eventually(std::chrono::seconds(5), [&] {
    const auto response = read_flag(server, key);
    const auto source = response.header("X-Cache");
    return response.status == 200 && (source == "hit" || source == "near");
  });
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace hearth::functional
