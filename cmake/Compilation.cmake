# How everything is compiled: C++23, warnings as errors, sanitizers by preset, ccache where present.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION OFF)

set(HEARTH_SANITIZERS "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
option(HEARTH_COVERAGE "Count executed lines with gcov" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  # Without these, ccache does not cache a source that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                    -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -fpch-preprocess is what ccache needs. The warnings are false alarms of g++ 12's optimiser about
  # coroutine frames and std::string (GCC bug 105651); clang-tidy and ASan look for the real thing.
  add_compile_options(-fpch-preprocess -Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds
                      -Wno-stringop-overflow -Wno-stringop-overread)
endif()
add_compile_definitions(BOOST_ASIO_NO_DEPRECATED)
# How many frames of coroutines a thread keeps to use them again: as many as reads wait for Redis at
# the same time, where Boost.Asio keeps two by itself (docs/performance.md). Fewer for those who look
# for frames that are used after their end.
add_compile_definitions(
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=$<IF:$<CONFIG:Release>,128,16>)

if(HEARTH_SANITIZERS)
  add_compile_options(-fsanitize=${HEARTH_SANITIZERS} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${HEARTH_SANITIZERS})
endif()
if(HEARTH_SANITIZERS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # With sanitizers at -O1, g++ 12 inlines one half of a coroutine frame's new and delete.
  add_compile_options(-Wno-mismatched-new-delete)
endif()
if(HEARTH_SANITIZERS MATCHES "thread")
  # Boost.Asio fences with std::atomic_thread_fence, which g++ warns that TSan does not follow.
  add_compile_options(-Wno-tsan)
endif()
if(HEARTH_COVERAGE)
  add_compile_options(--coverage -O0 -g1 -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
