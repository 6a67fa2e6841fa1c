// planted as src/train/example.cpp
// next line: library_includes
#include <asio/post.hpp>
// next line: library_includes
#include <openssl/evp.h>
// next line: library_includes
#include <sys/socket.h>
// next line: library_includes
#include <boost/asio.hpp>
// next line: library_includes
#include <nlohmann/json.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <vector>
