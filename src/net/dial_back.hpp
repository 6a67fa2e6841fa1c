// DialBack: finds out whether others can dial this peer, by asking members to try, and tries it for
// those who ask. Pure parts: opinions.hpp. One thread: the loop's.
//
// Whoever is asked dials what the asker names, on connections of their own which end when the
// asker has proven its key there, or not. Nothing else is sent, an asker is served once in a while,
// and only so many at a time: a member makes others dial no more than by any Hello that names
// addresses.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "net/network.hpp"
#include "net/opinions.hpp"

namespace moshpit {

class DialBack final : public Service {
 public:
  explicit DialBack(Network& network);
  ~DialBack() override;

  // Asks this member, until the deadline. From then on others are told where to dial this peer, or
  // that nobody can, as all opinions so far have it. Does nothing at a peer that was to accept no
  // connections.
  Task<> consult(Contact member, Time deadline);

  // Asks further members that are connected, until two agree or three have tried. Unless two have
  // reached this peer, it asks again from time to time, in case that changes.
  Task<> settle(Time deadline);

  // Why others cannot connect and what to do about it; empty unless they tried in vain.
  std::string advice() const;

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId&, Bytes) override {}
  void disconnected(const PeerId&, LinkEnd) override {}

 private:
  Task<> gather(Opinions& opinions, Time deadline);
  Task<> hear_from(Contact member, Opinions& opinions, Time deadline);
  Task<> keep_asking();
  bool may_ask(const PeerId& asker);

  Network& network_;
  Opinions opinions_;
  std::set<PeerId> heard_;         // whose opinion is among them
  std::map<PeerId, Time> served_;  // lately, and when
  std::size_t trials_ = 0;         // under way
  TaskGroup tasks_;
};

}  // namespace moshpit
