// planted as experiment/example.cpp
// next line: includes_between_floors
#include "app/output.hpp"
#include "match/grid_key.hpp"
#include "train/participant.hpp"
#include "sim/world.hpp"

// next line: banned_calls
static std::thread second;
