#include "support/code_deploy_stand_in.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <utility>

namespace hearth::test_support {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::string_view operation = "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus";

std::string error_body(std::string_view type, std::string_view message) {
  boost::json::object body;
  body["__type"] = type;
  body["message"] = message;
  return boost::json::serialize(body);
}

ReceivedRequest received(const http::request<http::string_body>& request) {
  ReceivedRequest plain{.method = std::string(request.method_string()),
                        .path = std::string(request.target()),
                        .query = {},
                        .headers = {},
                        .body = request.body()};
  for (const auto& field : request) {
    plain.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return plain;
}

std::string header_of(const ReceivedRequest& request, std::string_view name) {
  const auto found = std::ranges::find_if(request.headers, [name](const auto& header) {
    return boost::beast::iequals(header.first, std::string(name));
  });
  return found == request.headers.end() ? std::string() : found->second;
}

std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

struct CodeDeployStandIn::Sockets {
  asio::io_context context;
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::vector<tcp::socket> hanging;
};

CodeDeployStandIn::CodeDeployStandIn(AwsIdentity identity, std::vector<Behaviour> script,
                                     Behaviour afterwards)
    : identity_(std::move(identity)),
      script_(std::move(script)),
      afterwards_(afterwards),
      sockets_(std::make_unique<Sockets>()),
      thread_([this] { serve_connections(); }) {}

CodeDeployStandIn::~CodeDeployStandIn() {
  stopping_ = true;
  boost::system::error_code ignored;
  tcp::socket waker(sockets_->context);
  waker.connect(sockets_->acceptor.local_endpoint(), ignored);
  thread_.join();
}

std::string CodeDeployStandIn::url() const {
  return "http://127.0.0.1:" + std::to_string(sockets_->acceptor.local_endpoint().port());
}

std::vector<CodeDeployStandIn::TakenStatus> CodeDeployStandIn::taken() const {
  const std::scoped_lock lock(mutex_);
  return taken_;
}

std::size_t CodeDeployStandIn::attempts() const {
  const std::scoped_lock lock(mutex_);
  return attempts_;
}

std::vector<std::string> CodeDeployStandIn::mistakes() const {
  const std::scoped_lock lock(mutex_);
  return mistakes_;
}

void CodeDeployStandIn::serve_connections() {
  while (true) {
    boost::system::error_code error;
    tcp::socket socket(sockets_->context);
    sockets_->acceptor.accept(socket, error);
    if (stopping_) return;
    if (error) continue;

    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(socket, buffer, request, error);
    if (error) continue;
    auto behaviour = Behaviour::serve;
    const auto [status, body] = answer_to(received(request), behaviour);
    if (behaviour == Behaviour::hang) sockets_->hanging.push_back(std::move(socket));
    if (behaviour == Behaviour::hang || status == 0) continue;

    http::response<http::string_body> response(static_cast<http::status>(status), 11, body);
    response.set(http::field::content_type, "application/x-amz-json-1.1");
    response.keep_alive(false);
    response.prepare_payload();
    http::write(socket, response, error);
  }
}

std::pair<int, std::string> CodeDeployStandIn::answer_to(const ReceivedRequest& request,
                                                         Behaviour& behaviour) {
  const std::scoped_lock lock(mutex_);
  ++attempts_;
  auto mistake = aws_signature_mistake(request, identity_, "codedeploy");
  if (!mistake.empty()) {
    mistakes_.push_back(mistake);
    return {400, error_body("InvalidSignatureException", mistake)};
  }
  if (request.method != "POST" || header_of(request, "X-Amz-Target") != operation ||
      header_of(request, "Content-Type") != "application/x-amz-json-1.1") {
    mistakes_.emplace_back("not the operation");
    return {400, error_body("UnknownOperationException", "")};
  }
  const auto step = attempts_ - mistakes_.size() - 1;
  behaviour = step < script_.size() ? script_[step] : afterwards_;
  switch (behaviour) {
    case Behaviour::throttle: return {400, error_body("ThrottlingException", "Rate exceeded")};
    case Behaviour::fail: return {500, ""};
    case Behaviour::cut:
    case Behaviour::hang: return {0, ""};
    case Behaviour::take_and_cut: static_cast<void>(take(request.body)); return {0, ""};
    case Behaviour::serve: break;
  }
  return take(request.body);
}

std::pair<int, std::string> CodeDeployStandIn::take(const std::string& body) {
  boost::system::error_code mistake;
  const auto document = boost::json::parse(body, mistake);
  if (mistake || !document.is_object()) return {400, error_body("SerializationException", body)};
  const auto& members = document.get_object();
  TakenStatus status{.deployment_id = text_of(members, "deploymentId"),
                     .execution_id = text_of(members, "lifecycleEventHookExecutionId"),
                     .status = text_of(members, "status")};
  if (status.status != "Succeeded" && status.status != "Failed") {
    return {400, error_body("InvalidLifecycleEventHookExecutionStatusException", status.status)};
  }
  const bool is_done = std::ranges::any_of(
      taken_, [&](const auto& earlier) { return earlier.execution_id == status.execution_id; });
  if (is_done) return {400, error_body("LifecycleEventAlreadyCompletedException", "")};
  taken_.push_back(std::move(status));
  boost::json::object answer;
  answer["lifecycleEventHookExecutionId"] = taken_.back().execution_id;
  return {200, boost::json::serialize(answer)};
}

}  // namespace hearth::test_support
