// LyingDonor: a member of a run that offers a state, gives its true manifest, and then every third
// piece with one bit turned. A service like the product's own donor (train/donor.hpp), which has no
// hook for it. One thread: the loop's.
#pragma once

#include <cstdint>

#include "directory/kademlia.hpp"
#include "loop/task_group.hpp"
#include "net/network.hpp"
#include "train/hashed_state.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

class LyingDonor final : public Service {
 public:
  LyingDonor(Loop& loop, Transport& transport, const Credentials& credentials,
             Membership membership, std::uint64_t step, HashedState state);
  ~LyingDonor() override { network_.stop_serving(Protocol::train); }

  // Comes into the run by this address, and stands among the donors.
  void join(Address entrance) { tasks_.spawn(run(std::move(entrance))); }
  bool stands() const { return stands_; }

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId&, Bytes) override {}
  void disconnected(const PeerId&, LinkEnd) override {}

 private:
  Task<> run(Address entrance);
  Bytes piece(std::uint32_t number) const;

  RunId run_;
  Network network_;
  KademliaDirectory directory_;
  HashedState state_;
  StateOffer offer_;
  bool stands_ = false;
  TaskGroup tasks_;
};

}  // namespace moshpit
