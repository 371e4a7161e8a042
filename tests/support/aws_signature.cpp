#include "support/aws_signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <map>
#include <sstream>

namespace hearth::test_support {
namespace {

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    text += digits[value / 16];
    text += digits[value % 16];
  }
  return text;
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {digest.begin(), digest.begin() + size};
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return {digest.begin(), digest.begin() + size};
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// Names in lower case; values trimmed, with runs of blanks made one; several joined by commas.
std::map<std::string, std::string> canonical_headers(const ReceivedRequest& request) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : request.headers) {
    std::string key;
    for (const char c : name) {
      key += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    std::string trimmed;
    std::istringstream words(value);
    for (std::string word; words >> word;) trimmed += (trimmed.empty() ? "" : " ") + word;
    const auto [place, is_new] = canonical.try_emplace(key, trimmed);
    if (!is_new) place->second += "," + trimmed;
  }
  return canonical;
}

/// What stands between `name=` and the next comma.
std::string part_of(std::string_view authorization, std::string_view name) {
  const auto at = authorization.find(name);
  if (at == std::string_view::npos) return {};
  const auto begin = at + name.size();
  return std::string(authorization.substr(begin, authorization.find(',', begin) - begin));
}

bool is_recent(const std::string& timestamp) {
  std::tm time{};
  std::istringstream stream(timestamp);
  stream >> std::get_time(&time, "%Y%m%dT%H%M%SZ");
  if (stream.fail()) return false;
  const auto age =
      std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(timegm(&time));
  return std::chrono::abs(age) < std::chrono::minutes(5);
}

}  // namespace

std::string aws_signature(const ReceivedRequest& request, const AwsIdentity& identity,
                          std::string_view service, std::string_view signed_headers,
                          std::string_view timestamp) {
  auto headers = canonical_headers(request);
  std::string canonical = request.method + "\n" + request.path + "\n" + request.query + "\n";
  for (const auto& name : split(signed_headers, ';'))
    canonical += name + ":" + headers[name] + "\n";
  canonical += "\n" + std::string(signed_headers) + "\n" + hexadecimal(sha256(request.body));

  const std::string date(timestamp.substr(0, 8));
  const std::string scope =
      date + "/" + identity.region + "/" + std::string(service) + "/aws4_request";
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + std::string(timestamp) + "\n" + scope + "\n" +
                              hexadecimal(sha256(canonical));

  std::string key = hmac_sha256("AWS4" + identity.secret_access_key, date);
  key = hmac_sha256(key, identity.region);
  key = hmac_sha256(key, service);
  key = hmac_sha256(key, "aws4_request");
  return hexadecimal(hmac_sha256(key, to_sign));
}

std::string aws_signature_mistake(const ReceivedRequest& request, const AwsIdentity& identity,
                                  std::string_view service) {
  auto headers = canonical_headers(request);
  const std::string authorization = headers["authorization"];
  const std::string timestamp = headers["x-amz-date"];
  if (!authorization.starts_with("AWS4-HMAC-SHA256 ")) return "not signed";
  if (!is_recent(timestamp)) return "X-Amz-Date is not about now: " + timestamp;

  const std::string credential = identity.access_key_id + "/" + timestamp.substr(0, 8) + "/" +
                                 identity.region + "/" + std::string(service) + "/aws4_request";
  if (part_of(authorization, "Credential=") != credential) return "other credential or scope";
  if (headers["x-amz-security-token"] != identity.session_token) return "other session token";

  const std::string signed_headers = part_of(authorization, "SignedHeaders=");
  const auto names = split(signed_headers, ';');
  if (!std::ranges::is_sorted(names)) return "signed headers are not sorted";
  std::vector<std::string> required = {"host", "x-amz-date", "content-type", "x-amz-target"};
  if (!identity.session_token.empty()) required.emplace_back("x-amz-security-token");
  for (const auto& name : required) {
    if (std::ranges::find(names, name) == names.end()) return name + " is not signed";
  }
  const auto expected = aws_signature(request, identity, service, signed_headers, timestamp);
  return part_of(authorization, "Signature=") == expected ? "" : "the signature does not match";
}

}  // namespace hearth::test_support
