# moshpit_precompile(target owner headers...)
#   parses these headers once, in `owner`, for every target that names the same owner. They must share flags and macros.
function(moshpit_precompile target owner)
  if(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# What most files of the floors include.
set(MOSHPIT_COMMON_HEADERS <algorithm> <array> <chrono> <cmath> <coroutine> <cstdint> <deque> <functional> <map>
    <memory> <mutex> <optional> <span> <string> <thread> <utility> <variant> <vector>)

# moshpit_floor(name LINKS a b PRIVATE c d [PROTOS])
#   builds src/name/*.cpp (without *_test.cpp) into moshpit_name, and the tests beside them into name_test.
#   LINKS are seen by whoever includes the floor's headers, PRIVATE are not. With PROTOS, *.proto files are compiled in.
function(moshpit_floor name)
  cmake_parse_arguments(FLOOR "PROTOS" "" "LINKS;PRIVATE" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/src/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${folder}/*_test.cpp)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()

  if(sources)
    add_library(moshpit_${name} STATIC ${sources})
    moshpit_precompile(moshpit_${name} moshpit_base ${MOSHPIT_COMMON_HEADERS})
    set(scope PUBLIC)
    target_link_libraries(moshpit_${name} PRIVATE ${FLOOR_PRIVATE})
  else()
    add_library(moshpit_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(moshpit_${name} ${scope} ${PROJECT_SOURCE_DIR}/src
                                                      ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(moshpit_${name} ${scope} ${FLOOR_LINKS})

  if(FLOOR_PROTOS AND sources)
    file(GLOB protos CONFIGURE_DEPENDS ${folder}/*.proto)
    foreach(proto ${protos})
      protobuf_generate_cpp(generated_sources generated_headers ${proto})
      set_source_files_properties(${generated_sources} PROPERTIES COMPILE_OPTIONS "-w")
      target_sources(moshpit_${name} PRIVATE ${generated_sources})
    endforeach()
    target_include_directories(moshpit_${name} SYSTEM PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
  endif()

  if(MOSHPIT_TESTS AND tests)
    moshpit_test(${name}_test SOURCES ${tests} LINKS moshpit_${name})
    # The simulated world implements the interfaces of loop and net, so floors above them are tested in it.
    if(NOT name MATCHES "^(base|loop|wire|codec)$")
      target_link_libraries(${name}_test PRIVATE moshpit_sim)
    endif()
  endif()
endfunction()

# moshpit_test(name SOURCES ... LINKS ...): one GoogleTest program, registered with ctest. All but those of the loop,
# the simulated world and swarms that say so run in one thread, where TSan has nothing to find.
function(moshpit_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} GTest::gtest_main)
  # What they test is optimised in full; the tests themselves compile in half the time so.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  moshpit_precompile(${name} base_test ${MOSHPIT_COMMON_HEADERS} <gtest/gtest.h>)
  set(selection)
  if(MOSHPIT_SANITIZE STREQUAL "thread")
    if(name STREQUAL "swarm_test")
      set(selection --gtest_filter=*.ThreadsChangeNothing)
    elseif(NOT name MATCHES "^(loop|sim)_test$")
      set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL TRUE)
      return()
    endif()
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 ${selection})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  if(MOSHPIT_SANITIZE)
    # What simulates swarms takes twenty times as long.
    set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
  endif()
endfunction()
