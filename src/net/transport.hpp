// Link and Transport: the boundary between our code and the network. net/ implements them over
// encrypted TCP, sim/ over virtual time; everything above sees only this. One thread: the loop's.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "loop/task.hpp"
#include "moshpit/result.hpp"
#include "moshpit/time.hpp"
#include "wire/frame.hpp"

namespace moshpit {

// Control frames overtake bulk frames that have not yet been handed to the system.
enum class Priority { control, bulk };

// An ordered, encrypted stream of frames between two peers whose keys are proven. Destroying it
// closes it.
class Link {
 public:
  virtual ~Link() = default;

  virtual const PeerId& peer() const = 0;

  // Equal on both sides and different on every link: a proof of the run's secret is bound to it.
  virtual const Bytes& binding() const = 0;

  // Where the other side was reached or came from, for a person to read.
  virtual std::string remote() const = 0;

  // Larger frames from the other side close the link. 64 KiB until the frame limit is raised.
  virtual void set_frame_limit(std::size_t bytes) = 0;

  // Never blocks and never fails: a frame on a broken link is lost, and receive() says so.
  virtual void send(Frame frame, Priority priority) = 0;

  // The next frame; nothing once the link is closed. One caller at a time.
  virtual Task<std::optional<Bytes>> receive() = 0;

  // Bytes taken by send() and not yet handed to the system.
  virtual std::size_t backlog() const = 0;

  // Until backlog() <= bytes. False if the deadline came first or the link closed.
  virtual Task<bool> drained(std::size_t bytes, Time deadline) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Where others can dial this peer; empty if it accepts no connections.
  virtual std::vector<Address> addresses() const = 0;

  // Connects to one address. If `expected` is given, whoever answers there must prove that id, or
  // the result is ErrorCode::refused. Nobody there, or not in time: ErrorCode::unreachable.
  virtual Task<Result<std::unique_ptr<Link>>> dial(Address address, std::optional<PeerId> expected,
                                                   Time deadline) = 0;

  // The next link that somebody dialled and whose key is proven; null once the transport is closed.
  virtual Task<std::unique_ptr<Link>> accept() = 0;

  // Bytes on the wire that a byte of a bulk frame stands for. More than one only in a simulated
  // world, where a short vector stands for a long one: whoever measures lines counts those.
  virtual double bulk_weight() const { return 1; }
};

}  // namespace moshpit
