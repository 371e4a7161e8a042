#include "bootstrap/demo.hpp"

#include <span>

#include "adapters/http/bodies.hpp"
#include "application/embedded_text.hpp"
#include "application/random_id.hpp"

namespace hearth::bootstrap {

std::span<const application::EmbeddedText> demo_data();

domain::Result<std::size_t> import_demo_flags(Instance& instance,
                                              const domain::Environment& environment) {
  auto& service = instance.service(0);
  application::PageRequest any;
  any.limit = 1;
  const auto present = instance.loop(0).run(service.list(environment, any));
  if (!present) return std::unexpected(present.error());
  if (!present->flags.empty()) return std::size_t{0};

  auto drafts = adapters::http::parse_drafts(demo_data().front().content);
  if (!drafts) return std::unexpected(std::move(drafts.error()));
  const auto imported = instance.loop(0).run(
      service.import(environment, std::move(*drafts), application::ImportMode::apply, {}));
  if (!imported) return std::unexpected(imported.error());
  return imported->report.created;
}

std::string make_token() { return application::random_id() + application::random_id(); }

}  // namespace hearth::bootstrap
