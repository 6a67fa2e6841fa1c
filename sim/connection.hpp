// Connection: what the network knows of one link: two sides, and for each side what it has sent and
// the other has not yet got. It is found by its number, lives as long as one side is open, and owns
// everything that is on its way. Passive data; network.cpp moves it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"
#include "sim/queue.hpp"

namespace moshpit::sim {

class Computer;
class SimLink;

// What travels. A dial is hello, welcome, finish (or hello, refuse); then frames; then the end.
enum class Step : std::uint8_t { hello, welcome, refuse, finish, frame, end };

struct Parcel {
  Step step = Step::frame;
  bool landed = false;  // has come to the receiver's wire
  Bytes bytes;
  std::size_t load = 0;          // what it takes on the wires, in bytes
  Time departure = Time::max();  // its last byte leaves the sender's wire
  // It comes to the receiver's wire, or is through that, if nothing is in the way and nothing in
  // front of it. Not known while it shares a wire with others: then Time::max().
  Time arrival = Time::max();
};

struct Side {
  Computer* computer = nullptr;
  SimLink* link = nullptr;  // null while nobody holds it
  bool open = false;        // from the dial or the accepted handshake until it is closed
  bool welcomed = false;    // it was dialled, and the program that welcomed the dial still lives
  bool end_sent = false;

  // Taken by send() and not yet handed to the system; they die with the link.
  Queue<Bytes> control;
  Queue<Bytes> bulk;
  std::size_t backlog = 0;

  // Handed to the system: the world delivers them, whatever becomes of the link.
  Queue<Parcel> on_the_way;
  std::size_t departed = 0;        // so many of them, from the front, have a departure
  std::size_t unsent = 0;          // load of the others
  std::size_t unacknowledged = 0;  // bytes of which it does not know that the other side read them
  std::size_t read_unheard = 0;    // such as were read, but the way back is cut
  bool arrival_entered = false;    // in the agenda; at most one entry a side
  bool pump_entered = false;
  std::size_t window = 0;  // so many bytes may be unacknowledged
};

struct Connection {
  std::uint64_t id = 0;
  Bytes binding;
  std::optional<PeerId> expected;  // whom the dialling side wants to reach
  std::array<Side, 2> sides;       // the first one dialled
};

}  // namespace moshpit::sim
