#include "sim/credentials.hpp"

#include <algorithm>

#include "net/identity.hpp"

namespace moshpit::sim {
namespace {

// As long as an Ed25519 public key, so that messages have the sizes that they have outside.
constexpr std::size_t public_key_size = 32;
// As long as an Ed25519 signature: a digest, twice.
constexpr std::size_t signature_size = 64;

// Every record is checked by many peers of a large world, so it must be cheap.
Bytes signature_of(ByteView public_key, ByteView message) {
  const Digest digest =
      Hasher().add(as_bytes("simulated signature")).add(public_key).add(message).digest();
  Bytes signature = to_bytes(digest);
  append(signature, digest);
  return signature;
}

}  // namespace

SimCredentials::SimCredentials(Random random) : public_key_(public_key_size) {
  random.fill(public_key_);
  id_ = peer_id_of(public_key_);
}

Bytes SimCredentials::sign(ByteView message) const { return signature_of(public_key_, message); }

bool SimCredentials::verify(ByteView public_key, ByteView message, ByteView signature) const {
  if (public_key.size() != public_key_size || signature.size() != signature_size) return false;
  const Bytes right = signature_of(public_key, message);
  return std::equal(right.begin(), right.end(), signature.begin());
}

std::unique_ptr<Credentials> make_credentials(Random random, bool real_signatures) {
  if (!real_signatures) return std::make_unique<SimCredentials>(random);
  Bytes secret(Identity::secret_size);
  random.fill(secret);
  return std::make_unique<Identity>(Identity::from_secret(secret));
}

}  // namespace moshpit::sim
