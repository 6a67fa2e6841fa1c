// SimTransport: how the programs of one simulated computer reach the others. It listens from the
// first accept() on; before that, as on a machine where the program is not running, a dial is
// turned away.
#pragma once

#include <memory>
#include <vector>

#include "loop/event.hpp"
#include "net/transport.hpp"
#include "sim/link.hpp"
#include "sim/queue.hpp"

namespace moshpit::sim {

class SimTransport final : public Transport {
 public:
  SimTransport(Network& network, Computer& computer, Loop& loop);

  std::vector<Address> addresses() const override;
  Task<Result<std::unique_ptr<Link>>> dial(Address address, std::optional<PeerId> expected,
                                           Time deadline) override;
  Task<std::unique_ptr<Link>> accept() override;
  double bulk_weight() const override;

  // For the network.
  bool listening() const;
  void put(std::unique_ptr<SimLink> link);
  // The program is gone: nobody listens any more.
  void close();

 private:
  std::unique_ptr<Link> take();

  Network& network_;
  Computer& computer_;
  bool listening_ = false;
  bool closed_ = false;
  Queue<std::unique_ptr<SimLink>> accepted_;
  Event arrivals_;  // set while there are accepted links or the transport is closed
};

}  // namespace moshpit::sim
