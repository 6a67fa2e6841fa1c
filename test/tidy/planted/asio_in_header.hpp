// Sockets. planted as src/net/example.hpp
#pragma once
// next line: library_includes
#include <asio/post.hpp>
