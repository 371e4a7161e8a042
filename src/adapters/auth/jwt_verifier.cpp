#include "adapters/auth/jwt_verifier.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstdlib>
#include <jwt.h>
#include <memory>

namespace hearth::adapters::auth {
namespace {

namespace json = boost::json;
using domain::ErrorCode;

constexpr std::int64_t clock_skew_seconds = 30;

std::unexpected<domain::Error> refused() {
  return domain::fail(ErrorCode::unauthenticated, "The token is not valid");
}

struct FreeToken {
  void operator()(jwt_t* token) const { jwt_free(token); }
};
using Token = std::unique_ptr<jwt_t, FreeToken>;

/// The claims of a token whose signature is right.
std::optional<json::object> verified_claims(const std::string& text, const std::string& secret) {
  jwt_t* decoded = nullptr;
  const auto* key = reinterpret_cast<const unsigned char*>(secret.data());
  if (jwt_decode(&decoded, text.c_str(), key, static_cast<int>(secret.size())) != 0) {
    return std::nullopt;
  }
  const Token token(decoded);
  // A token of another algorithm, "none" above all, must not choose how it is checked.
  if (jwt_get_alg(token.get()) != JWT_ALG_HS256) return std::nullopt;
  const std::unique_ptr<char, decltype(&std::free)> claims(
      jwt_get_grants_json(token.get(), nullptr), &std::free);
  if (claims == nullptr) return std::nullopt;
  json::error_code failure;
  auto parsed = json::parse(claims.get(), failure);
  if (failure || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

/// A claim that is a text, or an array that holds one.
bool names(const json::value* claim, std::string_view text) {
  const json::string_view wanted(text.data(), text.size());
  if (claim == nullptr) return false;
  if (const auto* single = claim->if_string()) return *single == wanted;
  if (const auto* several = claim->if_array()) {
    for (const auto& element : *several) {
      if (element.is_string() && element.get_string() == wanted) return true;
    }
  }
  return false;
}

std::optional<double> seconds_of(const json::value* claim) {
  if (claim == nullptr || !claim->is_number()) return std::nullopt;
  return claim->to_number<double>();
}

}  // namespace

JwtVerifier::JwtVerifier(JwtSettings settings, const application::Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {}

domain::Result<application::Principal> JwtVerifier::verify(std::string_view token) const {
  // libjwt takes a C string: what follows a NUL would go unseen.
  if (token.find('\0') != std::string_view::npos) return refused();
  const auto claims = verified_claims(std::string(token), settings_.secret);
  if (!claims) return refused();

  const auto now = static_cast<double>(
      std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count());
  const auto expires = seconds_of(claims->if_contains("exp"));
  if (!expires || now >= *expires + clock_skew_seconds) return refused();
  const auto* not_before = claims->if_contains("nbf");
  if (not_before != nullptr) {
    const auto begins = seconds_of(not_before);
    if (!begins || now + clock_skew_seconds < *begins) return refused();
  }
  if (!settings_.issuer.empty() && !names(claims->if_contains("iss"), settings_.issuer)) {
    return refused();
  }
  if (!settings_.audience.empty() && !names(claims->if_contains("aud"), settings_.audience)) {
    return refused();
  }

  application::Principal principal;
  if (const auto* subject = claims->if_contains("sub"); subject && subject->is_string()) {
    principal.subject.assign(subject->get_string().data(), subject->get_string().size());
  }
  for (const auto* claim : {"role", "roles", "cognito:groups"}) {
    if (names(claims->if_contains(claim), settings_.admin_role)) principal.is_admin = true;
  }
  return principal;
}

}  // namespace hearth::adapters::auth
