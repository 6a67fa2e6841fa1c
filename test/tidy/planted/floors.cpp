// planted as src/match/example.cpp
// next line: includes_between_floors
#include "reduce/round.hpp"
// next line: includes_between_floors
#include "sim/world.hpp"
// next line: includes_between_floors
#include "elsewhere/nothing.hpp"
// next line: private_headers
#include "net/sockets.hpp"
// next line: generated_messages
#include "group.pb.h"
// next line: generated_messages
#include "wire/common.hpp"
#include "base/bytes.hpp"
#include "match/grid_key.hpp"
#include "net/network.hpp"
