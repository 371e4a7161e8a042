#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "domain/error.hpp"

namespace hearth::adapters::aws {

/// What a request is signed with. `session_token` belongs to temporary credentials, which are what
/// Lambda gives a function; empty with permanent ones.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;
};

/// Where CodeDeploy is, and as whom to call it.
struct CodeDeploySettings {
  std::string endpoint;  ///< `http://` or `https://`, host, and a port if it is an unusual one
  std::string region;    ///< `eu-central-1`; part of the signature
  Credentials credentials;
  std::string certificate_bundle;  ///< file of trusted certificates; empty: the system's own
  std::chrono::milliseconds attempt_timeout{3000};  ///< one request and its answer, connecting
                                                    ///< included
};

/// The value of an environment variable; nothing if it is not set.
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// The settings that the environment holds, by the names that every AWS tool reads:
/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`; `AWS_REGION`, else
/// `AWS_DEFAULT_REGION`; `AWS_ENDPOINT_URL_CODEDEPLOY`, else `AWS_ENDPOINT_URL`, else the region's
/// public endpoint; `AWS_CA_BUNDLE`, else `SSL_CERT_FILE`. An empty value counts as none.
/// Pure: asks `variable` and nothing else. Fails with `misconfigured`, naming the variable, and
/// never its value.
[[nodiscard]] domain::Result<CodeDeploySettings> code_deploy_settings(
    const VariableLookup& variable);

}  // namespace hearth::adapters::aws
