// Donor: gives newcomers what they ask a member of the run for: the plan, and the state that this
// peer offers, piece by piece. A state that somebody is downloading is kept until they are through,
// although training goes on. Pieces take their turn, so that the rounds of this peer hardly notice.
// One thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/hash.hpp"
#include "directory/directory.hpp"
#include "loop/event.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/peer.hpp"
#include "net/network.hpp"
#include "train/hashed_state.hpp"
#include "train/turn.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

class Donor final : public Service {
 public:
  // `key`: where donors of the run stand in the directory.
  Donor(Network& network, Directory& directory, DirectoryKey key);
  ~Donor() override;

  // `plan` tells what a newcomer must know, as it is when it asks.
  void offer_plan(std::function<PlanAnswer()> plan) { plan_ = std::move(plan); }
  void offer(std::uint64_t step, HashedState state);

  // How many bytes a second this peer's line carries, while rounds need it; 0: they do not, or it
  // is not known.
  void share_line(std::function<double()> needed) { line_ = std::move(needed); }

  // The newest state, and earlier ones that somebody is downloading.
  std::size_t states() const { return states_.size(); }

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId&, Bytes) override {}
  void disconnected(const PeerId&, LinkEnd) override {}

 private:
  struct State {
    StateOffer offer;
    HashedState content;
    Time last_asked{};
  };

  Bytes offers();
  Bytes manifest(const ManifestQuestion& question);
  Task<Bytes> piece(PeerId to, PieceQuestion question);
  bool has(const PieceQuestion& question);
  State* find(const Digest& state);
  void let_go();
  Task<> announce();

  Network& network_;
  Directory& directory_;
  DirectoryKey key_;
  std::function<PlanAnswer()> plan_;
  std::function<double()> line_;
  std::vector<State> states_;  // the newest last
  Turn turn_;
  Event offers_something_;
  TaskGroup tasks_;
};

}  // namespace moshpit
