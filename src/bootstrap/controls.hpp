#pragma once

#include <functional>
#include <memory>

#include "application/ports/cache_adapter.hpp"
#include "application/task.hpp"

namespace hearth::bootstrap {

/// Mechanisms that an instance may be made to run without, so that tests can show what each of
/// them is for: their positive controls. `hearth` itself leaves nothing out and has no way to.
struct Controls {
  bool waits_for_confirmations = true;
  bool compares_epochs_with_servers = true;
  bool recovers = true;
  bool elects_who_warms = true;
  /// Makes what takes the place of the engine's cache; null: the cache itself.
  std::function<std::unique_ptr<application::CacheAdapter>(application::Executor,
                                                           application::CacheAdapter&)>
      replace_cache;
};

}  // namespace hearth::bootstrap
