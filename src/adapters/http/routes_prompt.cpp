#include "adapters/http/bodies.hpp"
#include "adapters/http/routes.hpp"

namespace hearth::adapters::http {

using application::CacheRead;
using application::ReadSource;
using domain::Environment;
using domain::Result;
using TimePoint = std::chrono::steady_clock::time_point;

std::optional<PromptAnswer> Routes::answer_promptly(const FlagTarget& asked, TimePoint begin,
                                                    std::string& out) {
  std::optional<Environment> named;
  if (asked.environment) {
    auto parsed = Environment::parse(*asked.environment);
    if (!parsed) return std::nullopt;
    named = std::move(*parsed);
  }
  const auto& environment = named ? *named : parts_.default_environment;
  const auto read = parts_.service.get_near(environment, asked.key, begin);
  if (!read) return std::nullopt;
  if (asked.evaluates) {
    append_read(out, asked, read->flag, ReadSource::near, true);
    return PromptAnswer{Route::evaluate_flag, 200, std::chrono::steady_clock::now()};
  }
  if (read->rendering.empty()) {
    append_read(read->rendering, asked, read->flag, ReadSource::near, true);
  }
  out.append(read->rendering);
  return PromptAnswer{Route::get_flag, 200, read->answered_at};
}

std::optional<Routes::SharedRead> Routes::begin_read(const FlagTarget& asked, TimePoint begin) {
  const auto key = domain::FlagKeyView::parse(asked.key);
  auto environment = asked.environment ? Environment::parse(*asked.environment)
                                       : Result<Environment>(parts_.default_environment);
  if (!key || !environment) return std::nullopt;
  const auto begun = parts_.service.begin_read(*environment, *key, begin);
  return SharedRead{std::move(*environment), *key, begun};
}

std::optional<PromptAnswer> Routes::answer_hit(const FlagTarget& asked, const SharedRead& read,
                                               const Result<CacheRead>& found, bool keep_alive,
                                               std::string& out) {
  const auto hit = parts_.service.take_hit(read.environment, read.key, read.begun, found);
  if (!hit) return std::nullopt;
  append_read(out, asked, hit->flag, ReadSource::hit, keep_alive);
  return PromptAnswer{route_of(asked), 200, hit->answered_at};
}

void Routes::append_read(std::string& out, const FlagTarget& asked, const domain::FlagView& flag,
                         ReadSource source, bool keep_alive) {
  body_.clear();
  if (asked.evaluates) {
    append_evaluation(body_, flag.key, domain::evaluate(flag, named_user(asked.user_id)));
  } else {
    append_public_flag(body_, flag);
  }
  append_flag_message(out, body_, name_of(source), keep_alive);
}

}  // namespace hearth::adapters::http
