// Entropy: bytes that nobody can guess, for keys, secrets and ids. The protocol itself draws from a
// seeded Random.
#pragma once

#include <cstddef>
#include <span>

namespace moshpit {

// From the operating system, through OpenSSL.
void fill_unpredictably(std::span<std::byte> out);

}  // namespace moshpit
