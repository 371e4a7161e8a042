#pragma once

#include <chrono>
#include <string>

#include "adapters/aws/code_deploy_settings.hpp"
#include "domain/error.hpp"

namespace hearth::adapters::aws {

/// A lifecycle hook that a deployment waits in: the two members of the event that CodeDeploy
/// invokes its function with (`DeploymentId`, `LifecycleEventHookExecutionId`).
struct LifecycleHook {
  std::string deployment_id;
  std::string execution_id;
};

/// What the deployment is told: go on, or roll back.
enum class HookStatus { succeeded, failed };

/// Tells CodeDeploy how its hook ended, which is what the deployment waits for
/// (PutLifecycleEventHookExecutionStatus of the CodeDeploy API, signed with AWS Signature
/// Version 4).
///
/// Tried again, with exponential back-off and jitter, when CodeDeploy throttles or fails or cannot
/// be reached, until `deadline`; the last attempt is cut off by it. One status at most is taken:
/// when an attempt was cut off and the next hears that the hook has its status already, that is
/// success.
///
/// Blocks the calling thread until the answer or the deadline: call it where nothing else has to
/// run, or on a thread of its own. Threading: any thread.
///
/// Fails with `deadline_exceeded` (the message says what the last attempt met), `misconfigured`
/// (libcurl is missing, or CodeDeploy refuses the signature or the caller's rights), `validation`
/// (CodeDeploy refuses the ids). No message holds a secret.
[[nodiscard]] domain::Result<void> put_hook_status(const CodeDeploySettings& settings,
                                                   const LifecycleHook& hook, HookStatus status,
                                                   std::chrono::steady_clock::time_point deadline);

}  // namespace hearth::adapters::aws
