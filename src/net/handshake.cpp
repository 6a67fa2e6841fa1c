#include "net/handshake.hpp"

namespace moshpit {
namespace {

// In constant time, so that a guess learns nothing from how long its refusal takes.
bool same(const Digest& one, const Digest& other) {
  std::byte difference{0};
  for (std::size_t i = 0; i < one.size(); ++i) difference |= one[i] ^ other[i];
  return difference == std::byte{0};
}

}  // namespace

Digest prove_membership(const Membership& membership, ByteView binding, Role prover_role,
                        const PeerId& prover) {
  Bytes proven = to_bytes(binding);
  append_little_endian(proven, static_cast<std::uint8_t>(prover_role));
  append(proven, prover.bytes);
  append(proven, membership.run.bytes);
  return hmac_sha256(membership.secret, proven);
}

std::optional<RefusalReason> judge(const Hello& hello, const Membership& membership,
                                   ByteView binding, Role role, const PeerId& peer) {
  if (hello.version != network_version) return RefusalReason::wrong_version;
  const bool proven = same(hello.proof, prove_membership(membership, binding, role, peer));
  if (!proven || hello.run != membership.run || hello.sender.id != peer) {
    return RefusalReason::not_a_member;
  }
  return std::nullopt;
}

Error explain(const Refusal& refusal, const std::string& remote) {
  if (refusal.reason == RefusalReason::wrong_version) {
    return Error(ErrorCode::incompatible,
                 "The peer at " + remote + " speaks version " + std::to_string(refusal.version) +
                     " of the protocol and this one version " + std::to_string(network_version) +
                     ": use the same release on both.");
  }
  return Error(ErrorCode::refused,
               "The peer at " + remote +
                   " belongs to another run or the invite's secret is wrong: ask for a fresh "
                   "invite.");
}

}  // namespace moshpit
