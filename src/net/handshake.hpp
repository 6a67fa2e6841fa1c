// The handshake on a new link: both sides send a Hello at once, which proves that they know the
// run's secret, and hear nothing else before the other's. Pure functions; conversation.hpp carries
// the messages.
//
// The proof is HMAC-SHA-256(run secret, link binding | role | sender's peer id | run id). The
// binding makes it worthless on any other link, the role on the same link in the other direction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "moshpit/result.hpp"
#include "net/membership.hpp"
#include "wire/net_messages.hpp"

namespace moshpit {

// Numbers are part of the proof.
enum class Role : std::uint8_t { dialler = 0, acceptor = 1 };

constexpr Role opposite(Role role) {
  return role == Role::dialler ? Role::acceptor : Role::dialler;
}

Digest prove_membership(const Membership& membership, ByteView binding, Role prover_role,
                        const PeerId& prover);

// Why the other side's Hello is not good enough; nothing if it is. `role` and `peer` are the other
// side's.
std::optional<RefusalReason> judge(const Hello& hello, const Membership& membership,
                                   ByteView binding, Role role, const PeerId& peer);

// What is wrong, for the person at this side, who dialled or was dialled by `remote`.
Error explain(const Refusal& refusal, const std::string& remote);

}  // namespace moshpit
