// Signatures for the simulated world: a hash of public key and message instead of Ed25519, a
// thousand times cheaper and with the same interface. Whoever links sim/ could compute it, and the
// code under test does not know how: to it a forged or altered signature fails as it would outside.
// Any thread.
#pragma once

#include <memory>

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
};

// Those, or the Ed25519 of the real world, with a key from the generator too.
std::unique_ptr<Credentials> make_credentials(Random random, bool real_signatures);

}  // namespace moshpit::sim
