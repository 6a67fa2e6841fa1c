// Donor: answers what a newcomer asks a member of the run: the plan and, piece by piece, the
// parameters. A state that somebody is downloading is kept until they are through, although
// training goes on. One thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/hash.hpp"
#include "loop/task.hpp"
#include "moshpit/peer.hpp"
#include "net/network.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

class Donor final : public Service {
 public:
  explicit Donor(Network& network);
  ~Donor() override;

  // `plan` tells what a newcomer must know, as it is when it asks.
  void offer_plan(std::function<PlanAnswer()> plan) { plan_ = std::move(plan); }
  void offer(std::uint64_t step, std::vector<float> parameters);

  // The newest state, and earlier ones that somebody is downloading.
  std::size_t states() const { return states_.size(); }

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId&, Bytes) override {}
  void disconnected(const PeerId&, LinkEnd) override {}

 private:
  struct State {
    std::uint64_t step = 0;
    std::vector<float> parameters;
    Digest digest{};
    Time last_asked{};
  };

  Bytes piece(const StateQuestion& question);
  State* find(const StateQuestion& question);

  Network& network_;
  std::function<PlanAnswer()> plan_;
  std::vector<State> states_;  // the newest last
};

}  // namespace moshpit
