#include "support/redis_server.hpp"

#include <hiredis/hiredis.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <signal.h>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/free_port.hpp"

namespace hearth::test_support {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

RedisReply translate(const redisReply& reply) {
  RedisReply result;
  switch (reply.type) {
    case REDIS_REPLY_NIL: return result;
    case REDIS_REPLY_STATUS: result.kind = RedisReply::Kind::status; break;
    case REDIS_REPLY_ERROR: result.kind = RedisReply::Kind::error; break;
    case REDIS_REPLY_INTEGER: result.kind = RedisReply::Kind::integer; break;
    case REDIS_REPLY_STRING: result.kind = RedisReply::Kind::text; break;
    case REDIS_REPLY_ARRAY: result.kind = RedisReply::Kind::array; break;
    default: throw std::runtime_error("a Redis reply of an unknown kind");
  }
  result.integer = reply.integer;
  if (reply.str != nullptr) result.text.assign(reply.str, static_cast<std::size_t>(reply.len));
  for (std::size_t i = 0; i < reply.elements; ++i) {
    result.elements.push_back(translate(*reply.element[i]));
  }
  return result;
}

RedisReply exchange(redisContext& context, const std::vector<std::string>& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  for (const auto& argument : arguments) {
    texts.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(redisCommandArgv(
      &context, static_cast<int>(arguments.size()), texts.data(), lengths.data())));
  if (!reply) throw std::runtime_error(std::string("no reply from Redis: ") + context.errstr);
  return translate(*reply);
}

}  // namespace

RedisServer::RedisServer(Options options) : options_(std::move(options)) {
  // Somebody may take a port between finding it and listening on it.
  for (int attempt = 0; attempt < 5; ++attempt) {
    port_ = free_port();
    if (launch()) return;
  }
  throw std::runtime_error("redis-server does not start; its log:\n" + log());
}

std::string RedisServer::url() const {
  const auto credentials = options_.password ? ":" + *options_.password + "@" : "";
  return "redis://" + credentials + "127.0.0.1:" + std::to_string(port_);
}

std::string RedisServer::unix_url() const {
  const auto credentials = options_.password ? ":" + *options_.password + "@" : "";
  return "unix://" + credentials + socket_path().string();
}

std::filesystem::path RedisServer::socket_path() const { return directory_.path() / "redis.sock"; }

bool RedisServer::launch() {
  std::vector<std::string> arguments{"redis-server",
                                     "--port",
                                     std::to_string(port_),
                                     "--bind",
                                     "127.0.0.1",
                                     "--unixsocket",
                                     socket_path(),
                                     "--unixsocketperm",
                                     "777",
                                     "--save",
                                     "",
                                     "--appendonly",
                                     "no",
                                     "--dir",
                                     directory_.path(),
                                     "--daemonize",
                                     "no"};
  if (options_.password) {
    arguments.insert(arguments.end(), {"--requirepass", *options_.password});
  }
  arguments.insert(arguments.end(), options_.settings.begin(), options_.settings.end());
  ChildOptions child;
  child.standard_output = directory_.path() / "redis.log";
  child.standard_error = child.standard_output;
  process_.emplace(ChildProcess::start(arguments, child));
  const bool up =
      eventually(std::chrono::seconds(20), [this] { return answers() || !process_->running(); }) &&
      process_->running();
  if (!up) process_.reset();
  return up;
}

bool RedisServer::answers() const {
  try {
    const auto reply = command({"INFO", "server"});
    // Not a stranger who happens to listen on this port.
    return reply.text.find("process_id:" + std::to_string(pid()) + "\r") != std::string::npos;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RedisServer::stop() {
  if (!process_) return;
  process_->stop();
  process_.reset();
}

void RedisServer::kill() {
  // The destructor of the process kills it and waits for its end.
  process_.reset();
}

std::filesystem::path RedisServer::snapshot_path() const { return directory_.path() / "dump.rdb"; }

void RedisServer::start() {
  if (process_) return;
  if (!launch()) throw std::runtime_error("redis-server does not start again:\n" + log());
}

void RedisServer::pause() const {
  if (process_) process_->signal(SIGSTOP);
}

void RedisServer::resume() const {
  if (process_) process_->signal(SIGCONT);
}

RedisReply RedisServer::command(const std::vector<std::string>& arguments) const {
  constexpr timeval limit{5, 0};
  const Context context(redisConnectUnixWithTimeout(socket_path().c_str(), limit));
  if (!context || context->err != 0) {
    throw std::runtime_error(std::string("cannot reach Redis: ") +
                             (context ? context->errstr : "out of memory"));
  }
  redisSetTimeout(context.get(), limit);
  if (options_.password) {
    const auto reply = exchange(*context, {"AUTH", *options_.password});
    if (reply.kind == RedisReply::Kind::error) throw std::runtime_error(reply.text);
  }
  return exchange(*context, arguments);
}

void RedisServer::run(const std::vector<std::string>& arguments) const {
  const auto reply = command(arguments);
  if (reply.kind == RedisReply::Kind::error) throw std::runtime_error(reply.text);
}

std::string RedisServer::log() const {
  std::ifstream file(directory_.path() / "redis.log");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace hearth::test_support
