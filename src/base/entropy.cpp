#include "base/entropy.hpp"

#include <openssl/rand.h>

#include "base/assert.hpp"

namespace moshpit {

void fill_unpredictably(std::span<std::byte> out) {
  const int done =
      RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  MOSHPIT_ASSERT(done == 1);
}

}  // namespace moshpit
