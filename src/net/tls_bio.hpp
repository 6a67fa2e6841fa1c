// Ciphertext on its way into and out of an OpenSSL session, in buffers of our own: OpenSSL's
// buffers in memory cost another copy in and are cleared each time.
#pragma once

#include <cstddef>
#include <span>

#include "base/bytes.hpp"
#include "net/buffer.hpp"

struct bio_st;

namespace moshpit {

struct Ciphertext {
  Buffer in;
  std::size_t read = 0;  // how much of `in` the session has taken
  Buffer out;

  // Room behind what has come; what the session has taken makes room first.
  std::span<std::byte> room(std::size_t bytes) {
    in.drop(read);
    read = 0;
    return in.grow(bytes);
  }
  std::size_t unread() const { return in.size() - read; }
  // Nobody will take what came.
  void discard() {
    in.clear();
    read = 0;
  }
  // At most as much as there is room for.
  std::size_t take(std::span<std::byte> room);
};

// What SSL_set_bio() takes over for both directions. `ciphertext` outlives it.
bio_st* bio_over(Ciphertext& ciphertext);

}  // namespace moshpit
