// MOSHPIT_ASSERT: a bug stops the program, in every build. Never used on foreign bytes.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace moshpit {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: this must hold and does not: %s\n", file, line, condition);
  std::abort();
}

}  // namespace moshpit

#define MOSHPIT_ASSERT(condition) \
  ((condition) ? void() : ::moshpit::assertion_failed(#condition, __FILE__, __LINE__))
