// Invite: the string that lets a peer join a run. It carries the run's id, the run's secret and up
// to five addresses. Whoever holds it can join: treat it as a password.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "moshpit/ids.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

struct Invite {
  RunId run;
  std::vector<std::byte> secret;       // 16 bytes
  std::vector<std::string> addresses;  // "HOST:PORT", at least one, at most five

  // "moshpit1:" and one word of letters, digits, '-' and '_', with a checksum against half-copied
  // invites.
  std::string text() const;

  // ErrorCode::invalid_argument with a sentence if the text is no invite, or not a whole one.
  static Result<Invite> parse(std::string_view text);
};

}  // namespace moshpit
