#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/aws/code_deploy_settings.hpp"

namespace hearth::adapters::aws {
namespace {

using testing::HasSubstr;
using testing::Not;
using Variables = std::map<std::string, std::string, std::less<>>;

const Variables lambda = {{"AWS_REGION", "eu-central-1"},
                          {"AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"},
                          {"AWS_SECRET_ACCESS_KEY", "secret/key"},
                          {"AWS_SESSION_TOKEN", "session+token"}};

domain::Result<CodeDeploySettings> settings_of(Variables variables) {
  return code_deploy_settings([&](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

Variables lambda_with(const std::string& name, const std::string& value) {
  auto variables = lambda;
  variables[name] = value;
  return variables;
}

TEST(CodeDeploySettings, WhatLambdaSetsIsEnough) {
  const auto settings = settings_of(lambda);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->endpoint, "https://codedeploy.eu-central-1.amazonaws.com");
  EXPECT_EQ(settings->credentials.access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(settings->credentials.secret_access_key, "secret/key");
  EXPECT_EQ(settings->credentials.session_token, "session+token");
}

TEST(CodeDeploySettings, TheServicesEndpointComesBeforeTheGeneralOne) {
  auto variables = lambda_with("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  EXPECT_EQ(settings_of(variables)->endpoint, "http://127.0.0.1:1");
  variables["AWS_ENDPOINT_URL_CODEDEPLOY"] = "http://127.0.0.1:2";
  EXPECT_EQ(settings_of(variables)->endpoint, "http://127.0.0.1:2");
  variables["AWS_ENDPOINT_URL_CODEDEPLOY"] = "";
  EXPECT_EQ(settings_of(variables)->endpoint, "http://127.0.0.1:1");
}

TEST(CodeDeploySettings, ChinaHasADomainOfItsOwn) {
  EXPECT_EQ(settings_of(lambda_with("AWS_REGION", "cn-north-1"))->endpoint,
            "https://codedeploy.cn-north-1.amazonaws.com.cn");
}

TEST(CodeDeploySettings, DefaultRegionIsTheSecondChoice) {
  auto variables = lambda_with("AWS_DEFAULT_REGION", "us-east-1");
  EXPECT_EQ(settings_of(variables)->region, "eu-central-1");
  variables.erase("AWS_REGION");
  EXPECT_EQ(settings_of(variables)->region, "us-east-1");
}

TEST(CodeDeploySettings, MissingAndMalformedValuesAreNamedAndNotShown) {
  const auto expect_complaint = [](const std::string& name, const std::string& value) {
    const auto settings = settings_of(lambda_with(name, value));
    ASSERT_FALSE(settings) << name;
    EXPECT_EQ(settings.error().code, domain::ErrorCode::misconfigured);
    EXPECT_THAT(settings.error().message, HasSubstr(name));
    if (!value.empty()) {
      EXPECT_THAT(settings.error().message, Not(HasSubstr(value)));
    }
  };
  expect_complaint("AWS_REGION", "");
  expect_complaint("AWS_REGION", "evil.example/");
  expect_complaint("AWS_ACCESS_KEY_ID", "");
  expect_complaint("AWS_SECRET_ACCESS_KEY", "");
  expect_complaint("AWS_SESSION_TOKEN", "token\r\nX-Amz-Target: other");
  expect_complaint("AWS_ENDPOINT_URL", "file:///etc/passwd");
}

}  // namespace
}  // namespace hearth::adapters::aws
