# Flags that every target shares. Contracted multiply-adds would make traces differ between compilers.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns about uninitialised members inside optional<> of its own making, and about bounds that its own
  # std::string and std::vector would break if a size were negative; clang and ASan watch these for us.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow
                      -Wno-stringop-overread)
  # g++ 12 from -O2 on vectorises the move of a std::vector's pointers in a coroutine and loses them: what Task<> returns is then
  # garbage (docs/decisions/005-no-vectoriser.md). Kernels that need SIMD say so themselves.
  add_compile_options(-fno-tree-vectorize -fno-tree-slp-vectorize)
endif()

if(MOSHPIT_SANITIZE)
  # As much optimisation and as many symbols as a readable report needs: the builds take half as long.
  string(REPLACE "-O2 -g" "-O1 -g1" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
  add_compile_options(-fsanitize=${MOSHPIT_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MOSHPIT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND MOSHPIT_SANITIZE MATCHES "undefined")
    # What this check writes in front of functions clang 14 cannot write in front of the parts of a coroutine.
    add_compile_options(-fno-sanitize=function)
  endif()
  if(MOSHPIT_SANITIZE MATCHES "thread")
    # ThreadSanitizer does not understand fences; Asio's locks order all that its fences do.
    add_compile_definitions(ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

find_program(MOSHPIT_CCACHE ccache)
if(MOSHPIT_CCACHE)
  # With precompiled headers ccache caches nothing unless it is told that __DATE__ and macros do not matter.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${MOSHPIT_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  else()
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()
find_program(MOSHPIT_MOLD mold)
if(MOSHPIT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Asio asks whether there is std::aligned_alloc before it includes any standard header, so without this the answer, and
# with it how memory is freed, would depend on the order of the includes of each file.
add_compile_definitions(ASIO_DISABLE_STD_ALIGNED_ALLOC)
