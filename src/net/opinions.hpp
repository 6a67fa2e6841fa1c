// Opinions: whether others can dial this peer, by what members of the run found who tried. A pure
// machine.
//
// A member may lie, and it may stand where nobody else stands: behind the same router as this peer,
// or behind a firewall that lets nothing out. So two that agree decide, and where there are only
// two and they differ, the peer counts as dialable, as it did before anybody was asked.
#pragma once

namespace moshpit {

class Opinions {
 public:
  void add(bool reached) { ++(reached ? for_ : against_); }

  // Further opinions change nothing.
  bool decided() const { return for_ >= enough || against_ >= enough; }
  // As far as is known.
  bool dialable() const { return for_ >= against_; }

  int tried() const { return for_ + against_; }
  int failed() const { return against_; }

 private:
  static constexpr int enough = 2;

  int for_ = 0;
  int against_ = 0;
};

}  // namespace moshpit
