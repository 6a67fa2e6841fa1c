// ReducerProbe: looks into a reducer, and suspects without waiting. For tests only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/hash.hpp"
#include "reduce/reducer.hpp"

namespace moshpit {

struct ReducerProbe {
  static void suspect(Reducer& reducer, std::size_t member, Time now) {
    reducer.leave_out(member);
    reducer.suspect(member, LossReason::silent, "is suspected");
    reducer.conclude();
    reducer.consider_calling(now);
  }
  static bool waits_for(const Reducer& reducer, std::size_t member) {
    return reducer.owes_results(member) || reducer.owes_an_answer(member) ||
           (reducer.awaited_[member] && reducer.owes_contributions(member));
  }
  static Time call_due(const Reducer& reducer) { return *reducer.call_due_; }
  // Not to ask again what it has asked.
  static bool waits_for_its_turn(const Reducer& reducer) {
    return reducer.call_due_ && !reducer.ballots_.calling();
  }

  static void add(Hasher& hasher, const MemberSet& set) {
    hasher.add(std::uint64_t{set.to_ullong()});
  }
  static void add(Hasher& hasher, const Ballot& ballot) {
    hasher.add(std::uint64_t{ballot.counter}).add(std::uint64_t{ballot.member});
  }
  static void add(Hasher& hasher, const ChunkSet& chunks) {
    hasher.add(std::uint64_t{chunks.size()});
    for (const bool chunk : chunks) hasher.add(std::uint64_t{chunk});
  }
  static void add(Hasher& hasher, const Ballots& ballots) {
    add(hasher, ballots.promised_);
    add(hasher, ballots.adopted_);
    add(hasher, ballots.view_);
    add(hasher, ballots.called_);
    add(hasher, ballots.answered_);
    for (const Install::Holding& holding : ballots.holdings_) {
      hasher.add(std::uint64_t{holding.member});
      add(hasher, holding.held);
    }
    for (std::size_t member = 0; member < ballots.promises_.size(); ++member) {
      if (!ballots.called_[member] || !ballots.answered_[member]) continue;
      add(hasher, ballots.promises_[member].view);
      add(hasher, ballots.promises_[member].held);
    }
  }
  // All that the future depends on, but for the clock: times only say whose turn it is to call.
  static void add(Hasher& hasher, const Reducer& reducer) {
    add(hasher, reducer.ballots_);
    for (const Reducer::Chunk& chunk : reducer.chunks_) {
      hasher.add(static_cast<std::uint64_t>(chunk.outcome));
      hasher.add(chunk.result.view());
      add(hasher, chunk.collection.members());
      hasher.add(std::uint64_t{chunk.contributed.value_or(99)});
    }
    MemberSet suspected;
    for (const auto& suspicion : reducer.suspicions_) {
      if (suspicion) suspected.set(suspicion->member);
    }
    for (const MemberSet& set :
         {reducer.awaited_, reducer.gone_, suspected, reducer.distrusted_, reducer.final_view_}) {
      add(hasher, set);
    }
    hasher.add(std::uint64_t{reducer.left_out_}).add(std::uint64_t{reducer.finished_});
    hasher.add(std::uint64_t{reducer.failed_}).add(std::uint64_t{reducer.call_due_.has_value()});
    for (const auto& early : reducer.early_results_) {
      hasher.add(std::uint64_t{early.from}).add(early.frame);
    }
  }
};

}  // namespace moshpit
