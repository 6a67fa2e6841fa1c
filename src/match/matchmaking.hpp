// Matchmaking: this peer's conversations with the others that share its grid key, until a group stands.
//
// Who announced under the key is learnt elsewhere (the directory) and suggested here. The pure Matchmaker
// (matchmaker.hpp) decides whom to ask, whom to accept, when to start; the coroutines here only carry.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/address.hpp"
#include "loop/task.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/report.hpp"
#include "moshpit/time.hpp"
#include "net/network.hpp"
#include "wire/group.hpp"

namespace moshpit {

// What a peer looks for: a group of at most `group_size` that share `key` at `time`.
struct Search {
  DirectoryKey key;              // hash of run, grid key and time: where the peers of this group announce themselves
  RoundTime time;
  std::uint32_t group_size = 2;  // M. A full group starts at once
  Duration patience{0};          // how long to wait for more, counted from the call; a group of 2 or more starts then
};

class Matchmaking final : public Service {
 public:
  Matchmaking(Network& network, RunId run);
  ~Matchmaking() override;

  // Finds a group. Nothing if nobody else came in time. One search at a time.
  Task<std::optional<Group>> find_group(Search search);

  // Somebody announced itself under the key of the current search. Others are ignored.
  void suggest(DirectoryKey key, Contact peer);

  // What the current search waits for, as a sentence: "waiting for 1 more peer: 0.3 s of at most 1.5 s".
  std::string explain() const;

  // The newest step that any peer mentioned: the run's clock as others see it.
  std::uint64_t newest_step_seen() const;

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId& from, Bytes message) override;
  void disconnected(const PeerId& peer) override;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace moshpit
