// AllReduce: one group's butterfly all-reduce over the links of its members.
//
// Every member owns a slice of the vector, sums what the others contribute to it and sends the mean
// back. The pure Reducer (reducer.hpp) holds the state of one round and decides; the coroutines
// here only carry. Promises R1, R2, R4, R5, R7.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "loop/task.hpp"
#include "moshpit/codec.hpp"
#include "moshpit/report.hpp"
#include "moshpit/time.hpp"
#include "net/network.hpp"
#include "reduce/limits.hpp"
#include "reduce/weighted_vector.hpp"
#include "wire/group.hpp"

namespace moshpit {

class AllReduce final : public Service {
 public:
  // `weight_limit`: contributions that weigh more are refused, as are those of another codec (R7).
  AllReduce(Network& network, double weight_limit, Codec codec = Codec::fp32);
  ~AllReduce() override;

  // Of the rounds from now on: what the members of a group agree on. Not while one runs.
  void use(Codec codec);

  // The limits for a group and a vector of this size: from measured round trips and rates.
  RoundLimits limits(const Group& group, std::size_t elements) const;

  // Runs the round and assigns the result to the averaged chunks of `vector`; the others keep their
  // values and weights. Always returns within limits.round. `vector` must outlive the task. One
  // round at a time.
  Task<RoundReport> reduce(Group group, WeightedVector& vector, RoundLimits limits);

  // The member told that it takes no part in the round: nothing will come from it.
  void declined(const RoundId& round, const PeerId& member);

  // Of this peer's line, in bytes a second, as its rounds have shown it; 0: not known yet.
  double bandwidth() const;

  // Frames of rounds that this peer has not started that it keeps at the moment.
  std::size_t early_frames() const;

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId& from, Bytes message) override;
  void disconnected(const PeerId& peer, LinkEnd end) override;

 private:
  class State;
  Network& network_;
  std::unique_ptr<State> state_;
};

}  // namespace moshpit
