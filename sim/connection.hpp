// Connection: what the network knows of one link: two sides, and for each side what it sends and
// what comes to it. A side belongs to its computer: nobody else touches it while computers run, and
// what passes to the other one is mail (sim/shard.hpp). Passive data; network.cpp moves it.
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

// So many bytes have been read, as the sender hears at that time.
struct Acknowledgement {
  Time time;
  std::size_t bytes = 0;
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

  // Handed to the system: they get there, whatever becomes of the link. Only the first is on the
  // wire.
  Queue<Parcel> leaving;
  Time last_departure{};           // of those before them
  std::size_t unsent = 0;          // their load
  std::size_t unacknowledged = 0;  // bytes of which it does not know that the other side read them
  Queue<Acknowledgement> acknowledgements;  // on their way to it
  std::size_t window = 0;                   // so many bytes may be unacknowledged
  bool pump_entered = false;                // in the agenda; at most one entry a side

  Queue<Parcel> coming;          // to it, from the other side's wire on
  bool arrival_entered = false;  // in the agenda; at most one entry a side
  std::size_t read_unheard = 0;  // bytes that it read while the way back was cut

  bool something_to_send() const { return !control.empty() || !bulk.empty(); }
  bool waits_for_window() const { return something_to_send() && unacknowledged >= window; }
  // Nothing will happen to it unless something is sent to it.
  bool idle() const {
    return !open && leaving.empty() && coming.empty() && !pump_entered && !arrival_entered;
  }
};

struct Connection {
  std::uint64_t number = 0;  // the dialling computer's index, and how many it had dialled before
  std::uint32_t slot = 0;    // where the dialling computer's shard keeps it
  Bytes binding;
  std::optional<PeerId> expected;  // whom the dialling side wants to reach
  std::array<Side, 2> sides;       // the first one dialled

  // Nobody will ever hear of it again.
  bool is_over() const { return sides[0].idle() && sides[1].idle(); }
};

}  // namespace moshpit::sim
