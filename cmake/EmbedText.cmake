# hearth_embed_text(TARGET NAMESPACE FUNCTION FILES ...): compiles text files into a target.
#
# Generates FUNCTION.cpp, which defines `std::span<const EmbeddedText> NAMESPACE::FUNCTION()` with
# one {file name, content} a file, in the order given. EmbeddedText is in application/embedded_text.hpp.
function(hearth_embed_text target namespace function)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "FILES")
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp")
  list(TRANSFORM arg_FILES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" OUTPUT_VARIABLE inputs)
  string(REPLACE ";" "|" joined "${inputs}")
  add_custom_command(
    OUTPUT "${generated}"
    COMMAND ${CMAKE_COMMAND} -D "INPUTS=${joined}" -D "OUTPUT=${generated}"
            -D "NAMESPACE=${namespace}" -D "FUNCTION=${function}"
            -P "${CMAKE_SOURCE_DIR}/cmake/WriteEmbeddedText.cmake"
    DEPENDS ${inputs} "${CMAKE_SOURCE_DIR}/cmake/WriteEmbeddedText.cmake"
    VERBATIM)
  target_sources(${target} PRIVATE "${generated}")
endfunction()
