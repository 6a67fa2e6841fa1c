// Matchmaking: this peer's conversations with the others that share its grid key, until a group
// stands.
//
// Who announced under the key is learnt elsewhere (the directory) and suggested here. The pure
// Matchmaker (matchmaker.hpp) decides whom to ask, whom to accept, when to start; the coroutines
// here only carry. One thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/address.hpp"
#include "loop/task.hpp"
#include "match/search.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"
#include "net/network.hpp"
#include "wire/group.hpp"

namespace moshpit {

class Matchmaking final : public Service {
 public:
  Matchmaking(Network& network, RunId run);
  ~Matchmaking() override;

  // Finds a group. Nothing if nobody else came in time: at most Matchmaker::overtime after the
  // patience. Destroying the task takes leave of everybody. One search at a time.
  Task<std::optional<Group>> find_group(Search search);

  // Somebody announced itself under the key of the current search. Others are ignored.
  void suggest(DirectoryKey key, Contact peer);

  // It has taken its leave from there.
  void left(DirectoryKey key, const PeerId& peer);

  // Everybody who had announced itself under the key has been suggested.
  void informed(DirectoryKey key);

  // What the current search waits for, as a sentence: "waiting for 1 more peer: 0.3 s of at most
  // 1.5 s".
  std::string explain() const;

  // The newest step that any peer mentioned: the run's clock as others see it.
  std::uint64_t newest_step_seen() const;

  // The run was at this step when this peer joined it. What others say is measured by it.
  void learn_clock(std::uint64_t step);

  // This peer begins the step. The others hear of it: peers that still look for a group of an
  // earlier step stop waiting.
  void step_begins(std::uint64_t step);

  // Until some peer has mentioned a step newer than this one; earlier if the deadline comes.
  Task<> await_newer_step(std::uint64_t step, Time deadline);

  // Calls `listener`, from the loop, when a member of a round tells that it does not take part: it
  // had stopped waiting for the leader when the group was assembled, and may be in another one.
  // Nothing will come from it.
  void when_declined(std::function<void(const RoundId&, const PeerId&)> listener);

  // Questions about groups that this peer does not look for yet, that it keeps at the moment.
  std::size_t early_questions() const;

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId& from, Bytes message) override;
  void disconnected(const PeerId& peer, LinkEnd end) override;

 private:
  class State;
  class Scope;
  Network& network_;
  std::unique_ptr<State> state_;
};

}  // namespace moshpit
