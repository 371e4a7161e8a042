# Run by hearth_embed_text. Raw string literals are split, because compilers limit their length.
string(REPLACE "|" ";" inputs "${INPUTS}")
set(entries "")
foreach(input IN LISTS inputs)
  get_filename_component(name "${input}" NAME)
  file(READ "${input}" text HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${text}")
  # "\x41" "\x42": a literal a line of 24 bytes, so that no escape runs into the next.
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)" "    \"\\1\"\n" literals "${escaped}")
  file(SIZE "${input}" size)
  string(APPEND entries "    {\"${name}\", std::string_view(\n${literals}    , ${size})},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Generated from text files by cmake/EmbedText.cmake.
#include <array>
#include <span>

#include \"application/embedded_text.hpp\"

namespace ${NAMESPACE} {
std::span<const hearth::application::EmbeddedText> ${FUNCTION}();
std::span<const hearth::application::EmbeddedText> ${FUNCTION}() {
  static const auto files = std::to_array<hearth::application::EmbeddedText>({
${entries}  });
  return files;
}
}  // namespace ${NAMESPACE}
")
