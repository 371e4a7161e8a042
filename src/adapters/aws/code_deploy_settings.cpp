#include "adapters/aws/code_deploy_settings.hpp"

#include <algorithm>
#include <initializer_list>

namespace hearth::adapters::aws {
namespace {

using domain::ErrorCode;
using domain::fail;
using domain::Result;

struct Setting {
  std::string_view name;
  std::string value;
};

/// The first of these variables that has a value; else an empty value under the first name.
Setting first_of(const VariableLookup& variable, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (auto value = variable(name); value && !value->empty()) return {name, *std::move(value)};
  }
  return {*names.begin(), {}};
}

/// Everything here goes into headers or a URL, where a control character would end the line.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_region(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string public_endpoint(const std::string& region) {
  const std::string_view partition =
      region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  return "https://codedeploy." + region + std::string(partition);
}

}  // namespace

Result<CodeDeploySettings> code_deploy_settings(const VariableLookup& variable) {
  const auto region = first_of(variable, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  const auto endpoint = first_of(variable, {"AWS_ENDPOINT_URL_CODEDEPLOY", "AWS_ENDPOINT_URL"});
  const auto access_key_id = first_of(variable, {"AWS_ACCESS_KEY_ID"});
  const auto secret_access_key = first_of(variable, {"AWS_SECRET_ACCESS_KEY"});
  const auto session_token = first_of(variable, {"AWS_SESSION_TOKEN"});

  if (!is_region(region.value)) {
    return fail(ErrorCode::misconfigured,
                std::string(region.name) + " must name the region of AWS, such as eu-central-1");
  }
  if (!endpoint.value.empty() && !endpoint.value.starts_with("https://") &&
      !endpoint.value.starts_with("http://")) {
    return fail(ErrorCode::misconfigured,
                std::string(endpoint.name) + " must begin with https:// or http://");
  }
  for (const auto* required : {&access_key_id, &secret_access_key}) {
    if (required->value.empty()) {
      return fail(ErrorCode::misconfigured,
                  std::string(required->name) + " is not set: a call of AWS cannot be signed");
    }
  }
  for (const auto* printable : {&endpoint, &access_key_id, &secret_access_key, &session_token}) {
    if (!is_printable(printable->value)) {
      return fail(ErrorCode::misconfigured,
                  std::string(printable->name) + " holds a blank or a control character");
    }
  }
  return CodeDeploySettings{
      .endpoint = endpoint.value.empty() ? public_endpoint(region.value) : endpoint.value,
      .region = region.value,
      .credentials = {access_key_id.value, secret_access_key.value, session_token.value},
      .certificate_bundle = first_of(variable, {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}).value};
}

}  // namespace hearth::adapters::aws
