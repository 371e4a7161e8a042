#include "functional/lambda_fixture.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "functional/lambda_program.hpp"

namespace hearth::functional {

namespace json = boost::json;
using test_support::Environment;
using test_support::HearthFunction;

Environment LambdaTest::function_environment(const Environment& more) const {
  auto settings = more;
  settings.merge(Environment{{"AWS_LAMBDA_RUNTIME_API", runtime.address()},
                             {"DATABASE_URL", database},
                             {"REDIS_URL", redis.url()},
                             {"ADMIN_TOKEN", std::string(admin_token)}});
  return settings;
}

HearthFunction LambdaTest::start(const Environment& more) const {
  return {function_environment(more), lambda_program()};
}

std::string LambdaTest::request_event(std::string_view path, std::string_view method) {
  auto event = json_of(sample_event("http-api-request.json"));
  event.at("rawPath") = json::string_view(path.data(), path.size());
  event.at("rawQueryString") = "";
  event.at("requestContext").at("http").at("method") =
      json::string_view(method.data(), method.size());
  event.at("headers").as_object()["authorization"] = "Bearer " + std::string(admin_token);
  return json::serialize(event);
}

ServiceAnswer LambdaTest::answer_to(std::string event, std::chrono::milliseconds time) {
  const auto result = runtime.result_of(runtime.invoke(std::move(event), time));
  ServiceAnswer answer;
  if (!result || !result->error_type.empty()) {
    ADD_FAILURE() << "no answer, but " << (result ? result->body : "nothing");
    return answer;
  }
  answer.message = json_of(result->body);
  answer.status = static_cast<int>(at(answer.message, "statusCode").as_int64());
  answer.body = at(answer.message, "body").as_string().c_str();
  return answer;
}

std::string sample_event(std::string_view file) {
  return read_file(std::filesystem::path(HEARTH_LAMBDA_EVENTS) / file);
}

}  // namespace hearth::functional
