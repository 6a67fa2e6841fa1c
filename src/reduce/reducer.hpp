// Reducer: one round of butterfly all-reduce at one member. A pure machine: it is told what arrives
// and the time, and says what to send to whom, what became of each chunk, and who was lost.
// Promises R1 to R5 and R7.
//
// Every member sends its contribution to each chunk's author, at first its owner; the author takes
// the mean of those that came and sends it to all. A contributor that is lost is left out of the
// chunks that lack it. When an author is lost that somebody misses results of, the others agree on
// who is still there and what they hold (ballots.hpp), and the round goes on in that view. It is
// finished with every chunk or fails as a whole. A finished member goes on answering.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/report.hpp"
#include "reduce/ballots.hpp"
#include "reduce/collection.hpp"
#include "reduce/limits.hpp"
#include "reduce/outbox.hpp"
#include "reduce/partition.hpp"
#include "reduce/silence.hpp"
#include "reduce/weighted_vector.hpp"
#include "wire/chunk.hpp"
#include "wire/frame.hpp"
#include "wire/reduce_messages.hpp"

namespace moshpit {

struct RoundPlan {
  RoundId id;
  std::size_t self = 0;        // index in the member list
  std::vector<bool> owners;    // one a member: whether it may take over from an owner
  std::vector<double> shares;  // one a member: of the vector, that it owns (shares.hpp)
  RoundLimits limits{};
  double weight_limit = 0;
  Codec codec = Codec::fp32;  // of every frame
};

class Reducer {
 public:
  // `vector` is this member's contribution (weighted_vector.hpp). It outlives the reducer and does
  // not change until the round is settled.
  Reducer(RoundPlan plan, const WeightedVector& vector, Time now);

  // A frame from another member. Foreign bytes: whatever they are, they are taken, ignored or
  // refused.
  void receive(std::size_t from, Bytes frame, Time now);
  // No link to the member stands any more, or none could be made; the sentence says which.
  void disconnected(std::size_t member, std::string sentence, Time now);
  // Due at next_tick(). Suspects who is silent, calls a ballot, and ends the round at its deadline.
  void tick(Time now);
  Time next_tick() const;

  // The next frame for this member; nothing as long as there is none.
  std::optional<Frame> next_frame(std::size_t to);
  // The same of what is small and overtakes the frames.
  std::optional<Bytes> next_note(std::size_t to);
  // Whether notes or results for this member have not been taken yet. Who is lost lacks none.
  bool has_something_for(std::size_t member) const;
  // When it changes there are frames for somebody.
  std::size_t offered() const { return offered_; }
  std::size_t elements() const { return layout_.elements(); }
  // Whether the two of us have anything to say to each other: one of us owns a slice, or there is
  // something to send.
  bool concerns(std::size_t member) const;
  // Its last link closed, or it could not be reached: nothing more is sent to it.
  bool is_gone(std::size_t member) const { return gone_[member]; }

  // Finished or failed. Nothing changes any more but what others are told.
  bool settled() const { return finished_ || failed_; }
  // With every chunk.
  bool finished() const { return finished_; }

  // Assigns the averaged chunks, the weights that they carry from now on, and what is still owed to
  // them; those without any weight stay, and all of a failed round. Requires: settled(); a vector
  // as at the beginning.
  void assign(WeightedVector& vector);
  // Before it is settled: so far.
  std::vector<ChunkReport> chunks() const;
  // Who took part to the end. Requires: finished().
  const MemberSet& view() const { return final_view_; }
  // So many ballots were installed here.
  std::uint32_t take_overs() const { return take_overs_; }

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
  friend struct ReducerProbe;  // the exhaustive search of the tests

  // weightless: its author found no weight in it, so there is no mean and the local values stay.
  enum class Outcome { open, averaged, weightless };
  struct Chunk {
    Outcome outcome = Outcome::open;
    SharedBytes result;                      // as its author encoded it
    std::vector<float> rounded_off;          // by this author: of the mean, for all contributors
    Collection collection;                   // if it is ours, or may become so
    std::optional<std::size_t> contributed;  // to this author
  };
  struct EarlyResult {
    std::size_t from;
    std::uint32_t chunk;
    Ballot ballot;
    Bytes frame;
  };

  void heard(std::size_t from, Time now);
  void take_chunk(std::size_t from, Bytes frame, Time now);
  void take_contribution(std::size_t from, const ChunkView& chunk, Bytes frame);
  void take_result(std::size_t from, const ChunkView& chunk, Bytes frame);
  std::optional<std::string> objection(std::size_t from, const ChunkView& chunk) const;
  std::optional<std::string> objection_to_contribution(std::size_t from,
                                                       const ChunkView& chunk) const;
  std::optional<std::string> objection_to_result(std::size_t from, const ChunkView& chunk) const;
  std::optional<std::string> objection_to_values(const ChunkView& chunk) const;

  void lose(std::size_t member, LossReason reason, std::string sentence);
  void refuse(std::size_t member, std::string sentence);
  void distrust(std::size_t member, std::string sentence);
  void suspect(std::size_t member, LossReason reason, std::string sentence);
  void leave_out(std::size_t member);
  void look_for_silence(std::size_t member, Time now);
  void show_life();
  void fail();
  bool owes_contributions(std::size_t member) const;
  bool owes_results(std::size_t member) const;
  bool owes_an_answer(std::size_t member) const;
  bool authors_open_chunk() const;

  std::span<const float> contribution(std::size_t chunk);
  void contribute(std::size_t chunk);
  void contribute_own(std::size_t chunk);
  bool complete(std::size_t chunk) const;
  void issue(std::size_t chunk);
  void issue_complete();
  void offer_result(std::size_t to, std::size_t chunk);
  void settle(std::size_t chunk, Outcome outcome);
  void conclude();
  std::optional<Frame> next_result(Outbox& outbox);
  std::optional<Frame> next_contribution(std::size_t to, Outbox& outbox);
  Bytes encoded_contribution(std::size_t chunk);
  void owe(std::size_t chunk, const ChunkHeader& result, WeightedVector& vector);

  // Taking over: reducer_ballots.cpp.
  void take_note(std::size_t from, ByteView bytes, Time now);
  void take(std::size_t from, Ballot ballot, const TakeStock& question, Time now);
  void take(std::size_t from, Ballot ballot, Promise& promise, Time now);
  void take(std::size_t from, Ballot ballot, const Install& install, Time now);
  void take(std::size_t from, Ballot ballot, const LeftOut& answer, Time now);
  void take(std::size_t, Ballot, const Alive&, Time) {}
  MemberSet suspects() const;
  bool is_stuck() const;
  std::size_t turn_to_call() const;
  void consider_calling(Time now);
  void call(Time now);
  void install_if_ready(Time now);
  void adopt(Time now);
  void mourn(std::size_t member);
  void hand_on(std::size_t chunk);
  void keep_early(std::size_t from, const ChunkHeader& header, Bytes frame);
  void take_early_results();
  ChunkSet held() const;
  void note(std::size_t to, Ballot ballot, decltype(ReduceNote::content) content);

  bool is_allowed(double weight) const {
    return std::isfinite(weight) && weight >= 0 && weight <= plan_.weight_limit;
  }
  std::size_t members() const { return plan_.owners.size(); }
  std::size_t source(std::size_t chunk) const { return ballots_.source(chunk); }
  bool averaged(std::size_t chunk) const {
    return !failed_ && chunks_[chunk].outcome == Outcome::averaged;
  }
  template <class Predicate>
  bool any_open(Predicate predicate) const {
    for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
      if (chunks_[chunk].outcome == Outcome::open && predicate(chunk)) return true;
    }
    return false;
  }

  RoundPlan plan_;
  const WeightedVector* vector_;  // until it is settled
  ChunkLayout layout_;
  Ballots ballots_;
  Silence silence_;
  Time start_;
  Time adopted_at_;
  std::vector<Chunk> chunks_;
  std::size_t open_;
  std::size_t offered_ = 0;
  std::vector<Outbox> outboxes_;
  std::vector<float> mean_;  // of the chunk that is being issued
  std::vector<float> sum_;   // see contribution(); one memory for all chunks
  MemberSet awaited_;        // contributors whose missing chunks are waited for
  MemberSet refused_;        // their contributions are not taken any more
  MemberSet gone_;           // without a link
  MemberSet distrusted_;     // suspected whatever is heard of them
  bool left_out_ = false;
  std::optional<Time> call_due_;
  std::vector<EarlyResult> early_results_;  // for a ballot that is not installed here yet
  bool finished_ = false;
  bool failed_ = false;
  MemberSet final_view_;
  std::uint32_t take_overs_ = 0;
  std::vector<std::optional<Loss>> suspicions_;  // of who is silent or gone now, and missed
  std::vector<std::optional<Loss>> losses_;
  Counters counters_;
};

}  // namespace moshpit
