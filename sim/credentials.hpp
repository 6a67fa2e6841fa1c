// Signatures for the simulated world: a keyed hash instead of Ed25519, a thousand times cheaper and
// with the same interface. The signing key of a public key can be computed by whoever links sim/,
// and by nobody else: the code under test sees public keys and signatures only, so a forged or
// altered signature fails as it would outside. Any thread.
#pragma once

#include "base/random.hpp"
#include "net/credentials.hpp"

namespace moshpit::sim {

class SimCredentials final : public Credentials {
 public:
  // The public key is drawn from the generator.
  explicit SimCredentials(Random random);

  const PeerId& id() const override { return id_; }
  const Bytes& public_key() const override { return public_key_; }
  Bytes sign(ByteView message) const override;
  bool verify(ByteView public_key, ByteView message, ByteView signature) const override;

 private:
  Bytes public_key_;
  PeerId id_;
  Digest signing_key_;
};

}  // namespace moshpit::sim
