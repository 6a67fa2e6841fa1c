// Sockets of net/, hidden from everybody else. Private to net/. planted as src/net/example.hpp
#pragma once
#include <asio/post.hpp>

#include "net/sockets.hpp"
