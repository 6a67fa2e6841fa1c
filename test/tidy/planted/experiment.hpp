// A pure machine of the experiments. planted as experiment/example.hpp
#pragma once

#include "base/bytes.hpp"
#include "match/grid_key.hpp"
// next line: pure_machines
#include "reduce/round.hpp"
