# hearth_library(NAME SOURCES ... [USES ...] [PRECOMPILED]): one layer or one adapter.
#
# USES names the targets that it may include from, inner layers and packages alike, so that the
# link graph enforces what docs/architecture.md draws. PRECOMPILED shares the one precompiled
# header of Asio and the standard library.
function(hearth_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PRECOMPILED" "" "SOURCES;USES")
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src")
  target_link_libraries(${name} PUBLIC ${arg_USES})
  if(arg_PRECOMPILED)
    target_precompile_headers(${name} REUSE_FROM hearth_precompiled)
    target_link_libraries(${name} PUBLIC hearth_asio)
  endif()
endfunction()
