// Gate: stands between one simulated peer and its links. It shows every frame that goes out or
// comes in to whoever wants to see it, counts what is open, and can be shut: from then on nothing
// goes out, to the frame exactly, although the world strikes a host only after the host has run to
// its end. The frame that made somebody shut the gate still goes out; those after it wait until the
// gate opens, or die with the host.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "sim/swarm/wrapped_transport.hpp"

namespace moshpit::sim {

class GatedLink;

class Gate {
 public:
  enum class Direction { out, in };
  using Observer = std::function<void(Direction, const PeerId& other, ByteView frame)>;

  void observe(Observer observer) { observer_ = std::move(observer); }

  void shut() { shut_ = true; }
  // What waited goes out, link by link in its order.
  void open();

  // That the peer holds at the moment, retired ones too.
  std::size_t links() const { return links_.size(); }
  // Of this peer's, on these links, that no answer has come to.
  std::size_t open_questions() const;

 private:
  friend class GatedLink;
  void see(Direction direction, const PeerId& other, ByteView frame) const {
    if (observer_) observer_(direction, other, frame);
  }

  Observer observer_;
  bool shut_ = false;
  std::vector<GatedLink*> links_;  // in the order in which they were made
};

// The gate outlives the transport and its links.
class GatedTransport final : public WrappedTransport {
 public:
  GatedTransport(Transport& real, Gate& gate) : WrappedTransport(real), gate_(gate) {}

 private:
  std::unique_ptr<Link> wrap(std::unique_ptr<Link> link) override;

  Gate& gate_;
};

}  // namespace moshpit::sim
