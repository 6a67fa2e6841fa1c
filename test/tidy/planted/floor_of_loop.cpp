// planted as src/base/example.cpp
// next line: includes_between_floors
#include "loop/loop.hpp"
#include "base/bytes.hpp"
