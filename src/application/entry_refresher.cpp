#include "application/entry_refresher.hpp"

#include <boost/asio/detached.hpp>

namespace hearth::application {

EntryRefresher::EntryRefresher(Executor executor, FlagLoader& loader, Settings settings)
    : executor_(executor), loader_(loader), settings_(settings) {}

void EntryRefresher::refresh(const domain::Environment& environment, domain::FlagKeyView key) {
  if (under_way_.size() >= settings_.most_under_way) return;
  if (std::chrono::steady_clock::now() < paused_until_) return;
  FlagName name(environment, domain::FlagKey(key));
  if (!under_way_.insert(name).second) return;
  boost::asio::co_spawn(executor_, load(std::move(name)), boost::asio::detached);
}

Task<void> EntryRefresher::load(FlagName name) {
  const auto loaded = co_await loader_.load(name.first, name.second);
  if (!loaded) paused_until_ = std::chrono::steady_clock::now() + settings_.pause_after_failure;
  under_way_.erase(name);
}

}  // namespace hearth::application
