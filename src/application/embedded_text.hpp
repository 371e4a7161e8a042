#pragma once

#include <string_view>

namespace hearth::application {

/// A text file that is compiled into the binary (cmake/EmbedText.cmake).
struct EmbeddedText {
  std::string_view name;  ///< the file's name without its folder
  std::string_view content;
};

}  // namespace hearth::application
