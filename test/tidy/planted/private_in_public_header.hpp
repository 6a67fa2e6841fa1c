// Links. planted as src/net/example.hpp
#pragma once
// next line: private_headers
#include "net/sockets.hpp"
