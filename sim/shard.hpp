// Shard: some of a world's computers, which one thread runs. Whatever passes between two shards is
// mail that the other one takes in when both rest; it concerns a time at least one latency ahead,
// so that each can run for that long without the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "sim/agenda.hpp"
#include "sim/connection.hpp"

namespace moshpit::sim {

// To one side of a connection: a parcel, or that something was read.
struct Mail {
  Connection* connection = nullptr;
  std::uint8_t side = 0;
  Parcel parcel;
  Acknowledgement acknowledgement;  // if it has any bytes, in place of the parcel
};

// What a program tells those who look on (Host::tell).
struct Told {
  Time time;
  std::uint32_t computer = 0;
  std::function<void()> what;
};

class Shard {
 public:
  Shard(std::size_t index, std::size_t shards) : outboxes(shards), index_(index) {}

  std::size_t index() const { return index_; }

  Agenda agenda;
  std::vector<std::vector<Mail>> outboxes;  // by the index of whom they are for
  std::vector<Told> told;                   // in this window, in order
  std::uint64_t events = 0;

  // A place for a connection that a computer of this shard dials.
  Connection& open() {
    if (free_slots_.empty()) {
      free_slots_.push_back(static_cast<std::uint32_t>(connections_.size()));
      connections_.emplace_back();
    }
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    connections_[slot] = std::make_unique<Connection>();
    connections_[slot]->slot = slot;
    return *connections_[slot];
  }
  void destroy(Connection& connection) {
    const std::uint32_t slot = connection.slot;
    connections_[slot].reset();
    free_slots_.push_back(slot);
  }
  const std::vector<std::unique_ptr<Connection>>& connections() const { return connections_; }

  // Connections that may be over: looked at when all shards rest.
  void may_be_over(Connection& connection) { perhaps_over_.push_back(&connection); }
  std::vector<Connection*> take_perhaps_over() { return std::exchange(perhaps_over_, {}); }

 private:
  std::size_t index_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Connection*> perhaps_over_;
};

}  // namespace moshpit::sim
