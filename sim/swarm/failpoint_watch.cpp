#include "sim/swarm/failpoint_watch.hpp"

#include <algorithm>
#include <utility>

#include "reduce/partition.hpp"
#include "reduce/shares.hpp"

namespace moshpit::sim {
namespace {

// The frame at which half of them have passed; of fewer than `least` there is no telling a half
// from the first or the last.
bool is_half(std::size_t count, std::size_t all, std::size_t least) {
  return all >= least && count == (all + 1) / 2;
}

}  // namespace

std::string_view name_of(Failpoint point) {
  constexpr std::string_view names[failpoint_count] = {
      "announce",   "ask",      "assemble",   "first chunk", "middle",
      "all in",     "half out", "settled",    "donor half",  "donors half",
      "take stock", "installs", "taken over", "handed on"};
  return names[static_cast<std::size_t>(point)];
}

std::string_view name_of(Part part) {
  constexpr std::string_view names[part_count] = {"leader", "member", "owner", "outbound-only",
                                                  "donor"};
  return names[static_cast<std::size_t>(part)];
}

void FailpointWatch::add_peer(const PeerId& id, bool outbound_only) {
  peers_.push_back(Peer{id, outbound_only, {}, {}, {}});
}

void FailpointWatch::sent(std::size_t peer, const PeerId& to, ByteView frame) {
  const std::uint8_t asked = questions_.asked(peers_[peer].id, to, frame);
  const Utterance utterance = read_utterance(frame, asked);
  if (const auto* question = std::get_if<DirectoryQuestion>(&utterance)) announces(peer, *question);
  if (const auto* question = std::get_if<MatchQuestion>(&utterance)) asks(peer, *question);
  if (const auto* assembled = std::get_if<Assembled>(&utterance)) learns(peer, *assembled, true);
  if (const auto* chunk = std::get_if<ChunkView>(&utterance)) sends_chunk(peer, chunk->header);
  if (const auto* note = std::get_if<ReduceNote>(&utterance)) sends_note(peer, *note);
  if (const auto* piece = std::get_if<StatePiece>(&utterance)) gives(peer, to, *piece);
}

// Answers are seen when they are sent.
void FailpointWatch::received(std::size_t peer, ByteView frame) {
  const Utterance utterance = read_utterance(frame, 0);
  if (const auto* assembled = std::get_if<Assembled>(&utterance)) learns(peer, *assembled, false);
  if (const auto* chunk = std::get_if<ChunkView>(&utterance)) gets_chunk(peer, chunk->header);
}

void FailpointWatch::announces(std::size_t peer, const DirectoryQuestion& question) {
  const auto is_own = [&](const SignedRecord& record) {
    const auto claim = decode_claim(record.claim());
    return claim && claim->publisher.id == peers_[peer].id;
  };
  if (std::none_of(question.records.begin(), question.records.end(), is_own)) return;
  if (!peers_[peer].announced.insert(question.key).second) return;
  occurs(peer, Failpoint::announce, part_of(peer, false), question.key);
}

void FailpointWatch::asks(std::size_t peer, const MatchQuestion& question) {
  if (!peers_[peer].asked.insert(question.key).second) return;
  occurs(peer, Failpoint::ask, part_of(peer, false), question.key);
}

void FailpointWatch::learns(std::size_t peer, const Assembled& assembled, bool leads) {
  InRound& round = peers_[peer].rounds[assembled.group.id];
  if (round.known) return;
  round.known = true;
  round.leads = leads;
  const auto& members = assembled.group.members;
  std::size_t self = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].id == peers_[peer].id) self = i;
  }
  const std::size_t chunks = ChunkLayout(elements_).count();
  const Slice slice = Partition(chunks, shares_of(assembled.group)).slice(self);
  const std::size_t own = slice.size();
  round.self = self;
  round.owns.assign(chunks, false);
  for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) round.owns[chunk] = true;
  round.to_contribute = round.to_get = chunks - own;
  round.to_collect = round.to_issue = own * (members.size() - 1);
  (leads ? led_ : joined_).insert({assembled.key, peers_[peer].id});
  occurs(peer, Failpoint::assemble, part_of(peer, leads));
}

void FailpointWatch::sends_chunk(std::size_t peer, const ChunkHeader& header) {
  InRound& round = peers_[peer].rounds[header.round];
  const bool handed_on = header.kind == ChunkKind::result && header.sender != round.self;
  if (round.known && handed_on) {
    if (!std::exchange(round.handed_on, true)) {
      occurs(peer, Failpoint::handed_on, part_of(peer, false));
    }
    return;
  }
  if (header.kind == ChunkKind::result) {
    ++round.results_out;
    if (is_half(round.results_out, round.to_issue, 2)) {
      occurs(peer, Failpoint::half_out, Part::owner);
    }
    if (round.results_out == round.to_issue) occurs(peer, Failpoint::settled, Part::owner);
    return;
  }
  ++round.contributions_out;
  const Part part = part_of(peer, round.leads);
  if (round.contributions_out == 1) occurs(peer, Failpoint::first_chunk, part);
  if (is_half(round.contributions_out, round.to_contribute, 3)) {
    occurs(peer, Failpoint::middle, part);
  }
}

void FailpointWatch::gets_chunk(std::size_t peer, const ChunkHeader& header) {
  InRound& round = peers_[peer].rounds[header.round];
  const bool result = header.kind == ChunkKind::result;
  ++(result ? round.results_in : round.contributions_in);
  if (!round.known) return;
  const bool anothers = !result && header.chunk < round.owns.size() && !round.owns[header.chunk];
  if (anothers && !std::exchange(round.took_over, true)) {
    occurs(peer, Failpoint::taken_over, part_of(peer, round.leads));
  }
  if (complete(round)) occurs(peer, Failpoint::settled, part_of(peer, round.leads));
  if (result) return;
  if (round.contributions_in == 1) occurs(peer, Failpoint::first_chunk, Part::owner);
  if (is_half(round.contributions_in, round.to_collect, 3)) {
    occurs(peer, Failpoint::middle, Part::owner);
  }
  if (round.contributions_in == round.to_collect && round.results_out == 0) {
    occurs(peer, Failpoint::all_in, Part::owner);
  }
}

void FailpointWatch::sends_note(std::size_t peer, const ReduceNote& note) {
  InRound& round = peers_[peer].rounds[note.round];
  const auto* question = std::get_if<TakeStock>(&note.content);
  if (question && !std::exchange(round.took_stock, true)) {
    occurs(peer, Failpoint::take_stock, part_of(peer, false));
  }
  const auto* install = std::get_if<Install>(&note.content);
  if (!install) return;
  ++round.installs_out;
  if (round.installs_out == (install->view.count()) / 2) {
    occurs(peer, Failpoint::installs, part_of(peer, false));
  }
}

bool FailpointWatch::complete(const InRound& round) const {
  return round.contributions_in == round.to_collect && round.results_in == round.to_get;
}

void FailpointWatch::gives(std::size_t peer, const PeerId& to, const StatePiece& piece) {
  Downloaded& given = downloads_[to];
  given.donors.insert(peer);
  if (!given.pieces.insert(piece.piece).second) return;
  if (!is_half(given.pieces.size(), state_pieces(elements_), 2)) return;
  occurs(peer, Failpoint::donor_half, Part::donor);
  if (given.donors.size() > 1) occurs(peer, Failpoint::donors_half, Part::donor);
}

void FailpointWatch::occurs(std::size_t peer, Failpoint point, Part part, const DirectoryKey& key) {
  occurrences_.push_back({occurrences_.size(), peer, point, part, key});
}

Part FailpointWatch::part_of(std::size_t peer, bool leads) const {
  if (peers_[peer].outbound_only) return Part::outbound_only;
  return leads ? Part::leader : Part::member;
}

std::vector<Occurrence> FailpointWatch::occurrences() const {
  std::vector<Occurrence> in_groups;
  for (Occurrence occurrence : occurrences_) {
    const bool searches =
        occurrence.point == Failpoint::announce || occurrence.point == Failpoint::ask;
    const std::pair place(occurrence.key, peers_[occurrence.peer].id);
    const bool led = led_.contains(place);
    if (searches && !led && !joined_.contains(place)) continue;
    if (searches && led && occurrence.part == Part::member) occurrence.part = Part::leader;
    in_groups.push_back(occurrence);
  }
  return in_groups;
}

}  // namespace moshpit::sim
