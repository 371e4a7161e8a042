#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/aws_signature.hpp"

namespace hearth::test_support {

/// A server that takes the statuses of lifecycle hooks as CodeDeploy does: over real HTTP, only
/// with a valid signature of `identity`, and one status a hook. Threading: any thread asks.
class CodeDeployStandIn {
 public:
  /// What it does with a request whose signature is valid.
  enum class Behaviour {
    serve,         ///< as CodeDeploy does when all is well
    throttle,      ///< 400 ThrottlingException
    fail,          ///< 500 without a body
    cut,           ///< closes the connection before it has taken anything
    take_and_cut,  ///< takes the status, then closes the connection without an answer
    hang,          ///< neither answers nor closes
  };
  struct TakenStatus {
    std::string deployment_id;
    std::string execution_id;
    std::string status;

    friend bool operator==(const TakenStatus&, const TakenStatus&) = default;
  };

  /// Behaves like `script`, a request a step, and like `afterwards` then.
  explicit CodeDeployStandIn(AwsIdentity identity, std::vector<Behaviour> script = {},
                             Behaviour afterwards = Behaviour::serve);
  ~CodeDeployStandIn();
  CodeDeployStandIn(const CodeDeployStandIn&) = delete;
  CodeDeployStandIn& operator=(const CodeDeployStandIn&) = delete;

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::vector<TakenStatus> taken() const;
  /// Requests that arrived, refused ones included.
  [[nodiscard]] std::size_t attempts() const;
  /// Why requests were refused.
  [[nodiscard]] std::vector<std::string> mistakes() const;

 private:
  struct Sockets;

  void serve_connections();
  [[nodiscard]] std::pair<int, std::string> answer_to(const ReceivedRequest& request,
                                                      Behaviour& behaviour);
  [[nodiscard]] std::pair<int, std::string> take(const std::string& body);

  const AwsIdentity identity_;
  const std::vector<Behaviour> script_;
  const Behaviour afterwards_;
  std::unique_ptr<Sockets> sockets_;

  mutable std::mutex mutex_;  // guards the three below
  std::vector<TakenStatus> taken_;
  std::size_t attempts_ = 0;
  std::vector<std::string> mistakes_;

  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace hearth::test_support
