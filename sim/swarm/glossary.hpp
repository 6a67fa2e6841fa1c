// Glossary: how a person names what the frames of one run speak of: peers p0, p1, ... in the order
// in which they came, keys of the directory by the cell of the grid and the round that meet there,
// rounds by their members.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"
#include "sim/swarm/utterance.hpp"

namespace moshpit::sim {

class Glossary {
 public:
  explicit Glossary(const Grid& grid) : grid_(grid) {}

  void add_peer(const PeerId& peer);
  // Learns the run, the groups and how far the run is. Told every frame, in order, before it is put
  // into words.
  void learn(const Utterance& utterance);

  std::string peer(const PeerId& id) const;
  // "(2,*) step 3 round 1" if peers meet there.
  std::string key(const DirectoryKey& key) const;
  // A judge's sentence, in which peers stand by the beginning of their ids, with their names.
  std::string renamed(std::string sentence) const;
  // The members of a round that was heard of: "p0 p3 p5".
  std::string members(const RoundId& round, const MemberSet& some) const;

 private:
  void learn_run(const RunId& run);
  void learn_step(std::uint64_t step);
  void add_keys(std::uint64_t step);

  Grid grid_;
  std::optional<RunId> run_;
  std::map<PeerId, std::string> peers_;
  std::map<DirectoryKey, std::string> keys_;
  std::map<RoundId, std::vector<PeerId>> groups_;
  std::uint64_t steps_named_ = 0;  // keys_ knows the rounds of so many steps
};

}  // namespace moshpit::sim
