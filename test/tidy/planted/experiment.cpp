// planted as experiment/example.cpp
// next line: includes_between_floors
#include "train/participant.hpp"
#include "match/grid_key.hpp"
#include "sim/world.hpp"

// next line: banned_calls
static std::thread second;
