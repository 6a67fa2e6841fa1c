// FailpointWatch: sees the frames of every peer as they go out and come in, and tells when a peer
// has just come to a named step of the protocol, and in which part. It only looks: the product
// knows nothing of it, and has no hooks for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "moshpit/ids.hpp"
#include "sim/swarm/utterance.hpp"

namespace moshpit::sim {

enum class Failpoint : std::uint8_t {
  announce,     // the first holder of a key hears that this peer stands there
  ask,          // its first question about a group: to join, or a hail
  assemble,     // a leader: the first member is told the group; another: it is told
  first_chunk,  // its first contribution goes out; an owner: the first one comes in
  middle,       // half of them
  all_in,       // an owner has everything that it sums, and no result has gone out
  half_out,     // half of an owner's results have gone out
  settled,      // it has all that it waits for; an owner: all its results have gone out
  donor_half,   // half of a newcomer's download has gone out
  donors_half,  // the same, and another donor gave some of it
  take_stock,   // when an author is lost: the first question about what there is goes out
  installs,     // half of a ballot's installations have gone out
  taken_over,   // the first contribution to a chunk whose owner is lost comes in at its new author
  handed_on,    // a result that another member made goes out
};
inline constexpr std::size_t failpoint_count = 14;

enum class Part : std::uint8_t { leader, member, owner, outbound_only, donor };
inline constexpr std::size_t part_count = 5;

// Whether peers come to it only if somebody else was struck before.
inline bool follows_a_loss(Failpoint point) { return point >= Failpoint::take_stock; }

std::string_view name_of(Failpoint point);
std::string_view name_of(Part part);

struct Occurrence {
  std::size_t number = 0;  // counted from 0, over all peers
  std::size_t peer = 0;
  Failpoint point = Failpoint::announce;
  Part part = Part::member;
  DirectoryKey key;  // of the group that is looked for, at announce and ask
};

class FailpointWatch {
 public:
  // `elements`: of the vector, from which everybody computes the same chunks.
  explicit FailpointWatch(std::uint64_t elements) : elements_(elements) {}

  void add_peer(const PeerId& id, bool outbound_only);

  // In the order in which things happen. Each frame is seen twice, at its two ends.
  void sent(std::size_t peer, const PeerId& to, ByteView frame);
  void received(std::size_t peer, ByteView frame);

  // So far, in order.
  std::size_t count() const { return occurrences_.size(); }
  // Those of peers that came to a group, when all is over: only then it is known who led it.
  std::vector<Occurrence> occurrences() const;

 private:
  // What one peer has sent and received in one round, and what makes it complete.
  struct InRound {
    bool known = false;  // chunks may come before the group
    bool leads = false;
    std::size_t contributions_out = 0;
    std::size_t contributions_in = 0;
    std::size_t results_out = 0;
    std::size_t results_in = 0;
    std::size_t installs_out = 0;
    bool took_stock = false;
    bool took_over = false;
    bool handed_on = false;
    std::size_t self = 0;
    std::vector<bool> owns;  // one a chunk
    std::size_t to_contribute = 0;
    std::size_t to_collect = 0;
    std::size_t to_issue = 0;
    std::size_t to_get = 0;
  };
  struct Peer {
    PeerId id;
    bool outbound_only = false;
    std::set<DirectoryKey> announced;
    std::set<DirectoryKey> asked;
    std::map<RoundId, InRound> rounds;
  };
  // What has gone out to a newcomer: a run has one state for each in these scenarios.
  struct Downloaded {
    std::set<std::uint32_t> pieces;
    std::set<std::size_t> donors;
  };

  void announces(std::size_t peer, const DirectoryQuestion& question);
  void asks(std::size_t peer, const MatchQuestion& question);
  void learns(std::size_t peer, const Assembled& assembled, bool leads);
  void sends_chunk(std::size_t peer, const ChunkHeader& header);
  void gets_chunk(std::size_t peer, const ChunkHeader& header);
  void sends_note(std::size_t peer, const ReduceNote& note);
  void gives(std::size_t peer, const PeerId& to, const StatePiece& piece);
  bool complete(const InRound& round) const;
  void occurs(std::size_t peer, Failpoint point, Part part, const DirectoryKey& key = {});
  Part part_of(std::size_t peer, bool leads) const;

  std::uint64_t elements_;
  std::vector<Peer> peers_;
  OpenQuestions questions_;
  std::map<PeerId, Downloaded> downloads_;
  std::vector<Occurrence> occurrences_;
  std::set<std::pair<DirectoryKey, PeerId>> led_;     // keys of groups and who led them
  std::set<std::pair<DirectoryKey, PeerId>> joined_;  // and who else was in them
};

}  // namespace moshpit::sim
