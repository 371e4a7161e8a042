#pragma once

#include <string>
#include <vector>

namespace hearth::application {

/// What bringing a database's schema up to date did: the migrations by file name, in their order.
struct MigrationReport {
  std::vector<std::string> applied;          ///< run now
  std::vector<std::string> already_applied;  ///< recorded by an earlier run
};

}  // namespace hearth::application
