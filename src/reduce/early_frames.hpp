// EarlyFrames: chunks of rounds that this member has not started yet. Others learn of a group a
// moment earlier and send at once; without this the first of their chunks would be lost. Pure, and
// bounded: foreign peers fill it.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class EarlyFrames {
 public:
  struct Frame {
    PeerId from;
    Bytes bytes;
  };

  // False if it was not kept: this peer, or all together, have filled their share.
  bool keep(const PeerId& from, const RoundId& round, Bytes frame, Time now);

  // Those of the round, in order of arrival. They are not kept any longer.
  std::vector<Frame> take(const RoundId& round, Time now);

  // Those that have waited too long are let go of; whoever keeps or takes does so too.
  void forget_old(Time now);
  // When there is something to forget; nothing while nothing is kept.
  std::optional<Time> forgets_at() const;

  std::size_t bytes() const { return bytes_; }
  std::size_t count() const { return kept_.size(); }

 private:
  struct Kept {
    Time since;
    RoundId round;
    Frame frame;
  };

  void uncount(const Frame& frame);

  std::deque<Kept> kept_;
  std::map<PeerId, std::size_t> bytes_of_;
  std::size_t bytes_ = 0;
};

}  // namespace moshpit
