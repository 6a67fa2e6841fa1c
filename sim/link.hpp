// SimLink: one side of a simulated link, as the code above holds it. What is on its way belongs to
// the Network; what has arrived and was not yet received is here. It may be destroyed at any time,
// also after the world.
#pragma once

#include <string>

#include "loop/event.hpp"
#include "net/transport.hpp"
#include "sim/network.hpp"
#include "sim/queue.hpp"

namespace moshpit::sim {

class SimLink final : public Link {
 public:
  enum class Dial : std::uint8_t { pending, established, refused, unreachable };

  SimLink(Network& network, LinkEnd end, Loop& loop, const Computer& other, Bytes binding);
  ~SimLink() override;

  const PeerId& peer() const override { return peer_; }
  const Bytes& binding() const override { return binding_; }
  std::string remote() const override { return remote_; }
  void set_frame_limit(std::size_t bytes) override { frame_limit_ = bytes; }
  void send(Frame frame, Priority priority) override;
  Task<std::optional<Bytes>> receive() override;
  std::size_t backlog() const override;
  Task<bool> drained(std::size_t bytes, Time deadline) override;

  // For the network.
  std::size_t frame_limit() const { return frame_limit_; }
  void put(Bytes frame);
  void end();  // nothing more comes in and nothing goes out
  void backlog_fell();
  void settle(Dial dial);  // what became of the dial
  // The connection is gone, and perhaps the world with it.
  void orphan() { network_ = nullptr; }

  // For the dialling transport.
  Dial dial() const { return dial_; }
  Event& settled() { return settled_; }

 private:
  std::optional<Bytes> take();

  Network* network_;  // null once the connection or the world is gone
  LinkEnd end_;
  PeerId peer_;
  Bytes binding_;
  std::string remote_;
  std::size_t frame_limit_ = 64 * 1024;  // the contract of Link
  Dial dial_ = Dial::pending;
  bool ended_ = false;
  Queue<Bytes> inbox_;
  Event readable_;  // set while the inbox holds something or nothing more will come
  Event backlog_fell_;
  Event settled_;
};

}  // namespace moshpit::sim
