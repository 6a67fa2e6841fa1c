// What everybody includes. planted as include/moshpit/example.hpp
#pragma once
// next line: includes_between_floors
#include "base/bytes.hpp"
