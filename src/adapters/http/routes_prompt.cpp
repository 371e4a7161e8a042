#include "adapters/http/bodies.hpp"
#include "adapters/http/flag_target.hpp"
#include "adapters/http/routes.hpp"

namespace hearth::adapters::http {

using application::ReadSource;

std::optional<PromptAnswer> Routes::answer_promptly(std::string_view target,
                                                    std::chrono::steady_clock::time_point begin,
                                                    std::string& out) {
  const auto asked = recognise_flag_target(target);
  // An empty key is refused the long way: the service is only asked for what may be there.
  if (!asked || asked->key.empty()) return std::nullopt;
  std::optional<domain::Environment> named;
  if (asked->environment) {
    auto parsed = domain::Environment::parse(*asked->environment);
    if (!parsed) return std::nullopt;
    named = std::move(*parsed);
  }
  const auto& environment = named ? *named : parts_.default_environment;
  const auto read = parts_.service.get_near(environment, asked->key, begin);
  if (!read) return std::nullopt;
  if (asked->evaluates) {
    const auto user = asked->user_id && asked->user_id->empty() ? std::nullopt : asked->user_id;
    const auto evaluated = application::evaluate(read->flag, user, ReadSource::near);
    append_message(out, public_answer(evaluation(evaluated), ReadSource::near), true, true);
    return PromptAnswer{Route::evaluate_flag, 200, std::chrono::steady_clock::now()};
  }
  if (read->rendering.empty()) {
    const auto answer = public_answer(public_flag(read->flag), ReadSource::near);
    append_message(read->rendering, answer, true, true);
  }
  out.append(read->rendering);
  return PromptAnswer{Route::get_flag, 200, read->answered_at};
}

}  // namespace hearth::adapters::http
