// Reducer: one round of butterfly all-reduce at one member. A pure machine: it is told what arrives
// and the time, and says what to send to whom, what became of each chunk, and who was lost.
// Promises R1, R2 (of averaged chunks), R4, R5, R7.
//
// Every member sends its contribution to each chunk's owner; the owner takes the mean of those that
// came and sends it to all. A contributor that is lost is left out of the chunks that lack it. The
// unfinished chunks of a lost owner are given up: they keep their local values. All frames are of
// ballot 0; another author for a given-up chunk (round.md, "Ballots and views") would start where
// give_up() is, with the results that are kept here in their encoded bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/report.hpp"
#include "reduce/collection.hpp"
#include "reduce/limits.hpp"
#include "reduce/partition.hpp"
#include "reduce/silence.hpp"
#include "wire/chunk.hpp"

namespace moshpit {

struct RoundPlan {
  RoundId id;
  std::size_t self = 0;      // index in the member list
  std::vector<bool> owners;  // one a member: whether it may own a slice (Partition)
  RoundLimits limits{};
  double weight_limit = 0;
};

class Reducer {
 public:
  // `values` and `weights` (one a chunk) are this member's contribution. They outlive the reducer
  // and do not change.
  Reducer(RoundPlan plan, std::span<const float> values, std::span<const double> weights, Time now);

  // A frame from another member. Foreign bytes: whatever they are, they are taken, ignored or
  // refused.
  void receive(std::size_t from, Bytes frame, Time now);
  // No link to the member stands any more, or none could be made; the sentence says which.
  void disconnected(std::size_t member, std::string sentence);
  // Due at next_tick(). Suspects who is silent, and ends the round at its deadline.
  void tick(Time now);
  Time next_tick() const;

  // The next frame for this member; nothing as long as there is none.
  std::optional<Bytes> next_frame(std::size_t to);
  // Whether results for this member have not been taken yet. Who is lost lacks none.
  bool has_results_for(std::size_t member) const;
  // How many results this member has issued: when it grows, there are frames for everybody.
  std::size_t issued() const { return issued_.size(); }
  // Whether the two of us have anything to say to each other: one of us owns a slice.
  bool concerns(std::size_t member) const;
  // Its last link closed, or it could not be reached: nothing more is sent to it.
  bool is_gone(std::size_t member) const { return gone_[member]; }

  // Every chunk is averaged or given up.
  bool settled() const { return open_ == 0; }

  // Assigns the averaged chunks and the weights that they carry from now on; the others stay.
  // Requires: settled().
  void assign(std::span<float> values, std::span<double> weights) const;
  std::vector<ChunkReport> chunks() const;

  struct Loss {
    std::size_t member;
    LossReason reason;
    std::string sentence;
  };
  // In member order.
  std::vector<Loss> losses() const;

  struct Counters {
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t duplicates = 0;  // was in already (R5)
    std::uint64_t late = 0;        // the chunk was settled without it (R5)
    std::uint64_t stale = 0;       // of another round
    std::uint64_t refused = 0;     // R7
  };
  const Counters& counters() const { return counters_; }

 private:
  // weightless: its owner found no weight in it, so there is no mean and the local values stay.
  enum class Outcome { open, averaged, weightless, given_up };
  struct Chunk {
    Outcome outcome = Outcome::open;
    Bytes result;           // as its owner encoded it
    Collection collection;  // if it is ours
  };
  // How far the frames for one member have been handed out.
  struct Outbox {
    std::size_t results = 0;       // index into issued_
    std::size_t contribution = 0;  // the next chunk of the member's slice
    bool result_next = false;
  };

  void contribute_own();
  void take_contribution(std::size_t from, const ChunkView& chunk, Bytes frame);
  void take_result(std::size_t from, const ChunkView& chunk, Bytes frame);
  std::optional<std::string> objection(std::size_t from, const ChunkView& chunk) const;
  std::optional<std::string> objection_to_values(const ChunkView& chunk) const;

  void lose(std::size_t member, LossReason reason, std::string sentence);
  void refuse(std::size_t member, std::string sentence);
  void leave_out(std::size_t member);
  void suspect(std::size_t member, Time now);
  void give_up(std::size_t owner);
  bool owes_contributions(std::size_t member) const;
  bool owes_results(std::size_t member) const;

  bool complete(std::size_t chunk) const;
  void issue(std::size_t chunk);
  void issue_complete();
  void settle(std::size_t chunk, Outcome outcome);
  std::optional<Bytes> next_result(Outbox& outbox);
  std::optional<Bytes> next_contribution(std::size_t to, Outbox& outbox);

  RoundPlan plan_;
  std::span<const float> values_;
  std::span<const double> weights_;
  ChunkLayout layout_;
  Partition partition_;
  Silence silence_;
  Time start_;
  std::vector<Chunk> chunks_;
  std::size_t open_;
  std::vector<std::size_t> issued_;  // our chunks, in the order in which their results were made
  std::vector<Outbox> outboxes_;
  MemberSet awaited_;  // contributors whose missing chunks are waited for
  MemberSet refused_;  // their contributions are not taken any more
  MemberSet gone_;     // without a link
  std::vector<std::optional<Loss>> losses_;
  Counters counters_;
};

}  // namespace moshpit
