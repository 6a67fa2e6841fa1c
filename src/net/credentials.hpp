// Credentials: what a peer signs with. Ed25519 in the real world (net/identity.hpp), a keyed hash
// in the simulated one unless it is told otherwise; the code above cannot tell the difference.
#pragma once

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {

// The peer id is the SHA-256 of the public key, in both worlds.
inline PeerId peer_id_of(ByteView public_key) { return PeerId{sha256(public_key)}; }

class Credentials {
 public:
  virtual ~Credentials() = default;

  virtual const PeerId& id() const = 0;
  virtual const Bytes& public_key() const = 0;
  virtual Bytes sign(ByteView message) const = 0;

  // Whether the owner of the public key signed the message. Foreign bytes: never asserts.
  virtual bool verify(ByteView public_key, ByteView message, ByteView signature) const = 0;
};

}  // namespace moshpit
