#include "adapters/http/target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "adapters/http/plain_target.hpp"

namespace hearth::adapters::http {

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  for (const auto& [known, value] : parameters) {
    if (known == name) return value;
  }
  return std::nullopt;
}

domain::Result<Target> parse_target(std::string_view text) {
  if (auto plain = parse_plain_target(text)) return std::move(*plain);
  return parse_any_target(text);
}

domain::Result<Target> parse_any_target(std::string_view text) {
  const auto parsed = boost::urls::parse_origin_form({text.data(), text.size()});
  if (!parsed) {
    return domain::fail(domain::ErrorCode::validation,
                        "The request's target is no valid path; percent-encode what is not "
                        "allowed in a URL");
  }
  Target target;
  for (auto segment : parsed->segments()) target.segments.emplace_back(std::move(segment));
  boost::urls::encoding_opts plus_is_space;
  plus_is_space.space_as_plus = true;
  for (auto parameter : parsed->params(plus_is_space)) {
    target.parameters.emplace_back(std::move(parameter.key), std::move(parameter.value));
  }
  return target;
}

}  // namespace hearth::adapters::http
