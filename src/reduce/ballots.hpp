// Ballots: how the members of a round agree on its results when one of them is lost (round.md,
// "Ballots and views"; the argument: docs/take-over.md). Pure, and without time: whom to suspect
// and when to call a ballot is decided elsewhere.
//
// Each member has a view: who takes part. In ballot 0 it is everybody, and a chunk's author is its
// owner. Who suspects a member calls a higher ballot of the others. They promise to accept nothing
// older, and say what they hold and who is in their view. When all have answered, the ballot's view
// is installed: the called ones that are in all of their views. A chunk that one of them holds is
// handed on as it is; any other gets an author in the view.
//
// Invariants: views only shrink. All members of an installed view that hold a chunk hold the same
// result. Of a (ballot, chunk) there is one author.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include "moshpit/report.hpp"
#include "reduce/partition.hpp"
#include "wire/reduce_messages.hpp"

namespace moshpit {

class Ballots {
 public:
  // `owners[i]`: whether member i may be an author in place of a lost one.
  Ballots(std::size_t self, std::vector<bool> owners, Partition partition);

  const MemberSet& view() const { return view_; }
  const Ballot& adopted() const { return adopted_; }
  const Ballot& promised() const { return promised_; }
  // Between the promise and the installation nothing is taken and nothing is issued.
  bool stands() const { return promised_ == adopted_; }

  const Partition& partition() const { return partition_; }

  // Who takes the mean of a chunk that nobody in the view held when the ballot was installed.
  std::size_t author(std::size_t chunk) const;
  // Who hands a chunk on that somebody in the view held then.
  std::optional<std::size_t> holder(std::size_t chunk) const;
  // Where the chunk's result comes from: its holder, else its author.
  std::size_t source(std::size_t chunk) const;
  // Whether the member did not hold the chunk then.
  bool lacks(std::size_t member, std::size_t chunk) const;
  // Whether a result is what this member takes now.
  bool accepts(std::size_t from, const ChunkHeader& result) const;

  // Calls a ballot of the view without the suspects. `held`: the chunks that this member holds.
  // The others of called() are asked.
  TakeStock call(const MemberSet& suspects, ChunkSet held);
  bool calling() const { return called_.any(); }
  const MemberSet& called() const { return called_; }
  // Who was called and has not answered.
  MemberSet unanswered() const { return called_ & ~answered_; }
  // When everybody has answered: what everybody in it is told, this member included, and once.
  std::optional<Install> ready();

  // What to answer to a question; nothing if it is too old or makes no sense.
  using Answer = std::variant<Promise, LeftOut>;
  std::optional<Answer> answer(std::size_t from, Ballot ballot, const TakeStock& question,
                               ChunkSet held);
  void promised_by(std::size_t from, Ballot ballot, Promise promise);
  // Whether the view is this member's from now on.
  bool install(std::size_t from, Ballot ballot, const Install& install);

 private:
  friend struct ReducerProbe;

  bool may_be_author(std::size_t member) const { return view_[member] && owners_[member]; }

  std::size_t self_;
  std::vector<bool> owners_;
  Partition partition_;
  Ballot promised_;
  Ballot adopted_;
  MemberSet view_;
  std::vector<Install::Holding> holdings_;  // of the view, when it was installed
  MemberSet called_;                        // by this member; nobody while it calls no ballot
  MemberSet answered_;
  std::vector<Promise> promises_;  // one a member
};

}  // namespace moshpit
