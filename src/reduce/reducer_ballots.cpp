// The part of Reducer that takes over for members that are lost.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "reduce/reducer.hpp"

namespace moshpit {
namespace {

// Who is asked by several at once promises to the highest ballot. Members take turns, so that
// usually one asks; those who have finished and gone on do not ask, so a turn is short.
constexpr int turns_in_silence = 16;

// To a member that no link stands to, or that asks and does not read. The newest ones count.
constexpr std::size_t most_notes = 16;

}  // namespace

void Reducer::take_note(std::size_t from, ByteView bytes, Time now) {
  auto note = decode_reduce_note(bytes, chunks_.size());
  if (!note) return distrust(from, "sent bytes that are no chunk");
  if (note->round != plan_.id) {
    ++counters_.stale;
    return;
  }
  heard(from, now);
  if (failed_) return;
  std::visit([&](auto& content) { take(from, note->ballot, content, now); }, note->content);
}

void Reducer::take(std::size_t from, Ballot ballot, const TakeStock& question, Time now) {
  auto answer = ballots_.answer(from, ballot, question, held());
  if (!answer) return;
  if (std::holds_alternative<LeftOut>(*answer)) return note(from, ballot, LeftOut{});
  call_due_.reset();
  silence_.heard(from, now);
  note(from, ballot, std::get<Promise>(*std::move(answer)));
}

void Reducer::take(std::size_t from, Ballot ballot, Promise& promise, Time now) {
  ballots_.promised_by(from, ballot, std::move(promise));
  install_if_ready(now);
}

void Reducer::take(std::size_t from, Ballot ballot, const Install& install, Time now) {
  if (ballots_.install(from, ballot, install)) adopt(now);
}

void Reducer::take(std::size_t from, Ballot, const LeftOut&, Time) {
  left_out_ = true;
  distrusted_.set(from);
  suspect(from, LossReason::silent, "went on without this peer");
}

MemberSet Reducer::suspects() const {
  MemberSet all = distrusted_;
  for (const auto& suspicion : suspicions_) {
    if (suspicion) all.set(suspicion->member);
  }
  return all & ballots_.view();
}

// Whether the round goes on without a ballot of this member.
bool Reducer::is_stuck() const {
  const MemberSet suspected = suspects();
  if (ballots_.calling()) return true;
  if (!ballots_.stands()) return suspected[ballots_.promised().member];
  return suspected.any() && any_open([&](std::size_t chunk) { return suspected[source(chunk)]; });
}

// In the order of members, those who accept no connections last.
std::size_t Reducer::turn_to_call() const {
  const MemberSet there = ballots_.view() & ~suspects();
  const auto place = [&](std::size_t member) { return std::pair(!plan_.owners[member], member); };
  std::size_t turn = 0;
  for (std::size_t member = 0; member < members(); ++member) {
    if (there[member] && place(member) < place(plan_.self)) ++turn;
  }
  return turn;
}

void Reducer::consider_calling(Time now) {
  if (settled() || !is_stuck()) {
    call_due_.reset();
    return;
  }
  const bool in_vain = ballots_.calling() && (ballots_.unanswered() & suspects()).any();
  if (!call_due_) {
    const auto turn = static_cast<Duration::rep>(turn_to_call());
    call_due_ = now + turn * (plan_.limits.silence / turns_in_silence);
  }
  if (in_vain || now >= *call_due_) call(now);
}

// Who waits for answers for as long as it would suspect somebody asks again: a higher ballot of
// somebody who did not ask this member may be under way. Silence counts from the first call on.
void Reducer::call(Time now) {
  const bool again = ballots_.calling();
  const TakeStock question = ballots_.call(suspects(), held());
  if (left_out_ && question.view.count() == 1) return fail();
  call_due_ = now + plan_.limits.silence;
  for (std::size_t member = 0; member < members(); ++member) {
    if (member == plan_.self || !question.view[member]) continue;
    if (!again) silence_.heard(member, now);
    note(member, ballots_.promised(), question);
  }
  install_if_ready(now);
}

void Reducer::install_if_ready(Time now) {
  const MemberSet called = ballots_.called();
  const auto install = ballots_.ready();
  if (!install) return;
  const Ballot ballot = ballots_.promised();
  for (std::size_t member = 0; member < members(); ++member) {
    if (member == plan_.self || !called[member]) continue;
    if (install->view[member]) note(member, ballot, *install);
  }
  if (ballots_.install(plan_.self, ballot, *install)) adopt(now);
}

void Reducer::adopt(Time now) {
  ++take_overs_;
  call_due_.reset();
  adopted_at_ = now;
  silence_.restart(now);
  const MemberSet& view = ballots_.view();
  awaited_ &= view;
  for (std::size_t member = 0; member < members(); ++member) {
    outboxes_[member].results.clear();
    outboxes_[member].contributions.clear();
    if (view[member]) continue;
    if (!settled()) mourn(member);
    note(member, ballots_.adopted(), LeftOut{});
  }
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    const auto holder = ballots_.holder(chunk);
    if (holder == plan_.self) hand_on(chunk);
    if (!holder && !settled()) contribute(chunk);
  }
  take_early_results();
  issue_complete();
  conclude();
}

void Reducer::mourn(std::size_t member) {
  auto& suspicion = suspicions_[member];
  if (suspicion) return lose(member, suspicion->reason, suspicion->sentence);
  lose(member, LossReason::silent, "did not answer others when they took stock");
}

// Requires: this member said that it holds the chunk. Who installs the ballot could say so of it
// wrongly.
void Reducer::hand_on(std::size_t chunk) {
  if (chunks_[chunk].outcome == Outcome::open) return;
  for (std::size_t member = 0; member < members(); ++member) {
    if (ballots_.lacks(member, chunk)) offer_result(member, chunk);
  }
}

// Only for a ballot that this member has promised, from somebody in its view, and once: nobody is
// to fill the memory.
void Reducer::keep_early(std::size_t from, const ChunkHeader& header, Bytes frame) {
  const auto is_same = [&](const EarlyResult& early) {
    return early.from == from && early.chunk == header.chunk && early.ballot == header.ballot;
  };
  const bool wanted = ballots_.view()[from] && header.ballot <= ballots_.promised();
  if (!wanted || std::ranges::any_of(early_results_, is_same)) {
    ++counters_.late;
    return;
  }
  early_results_.push_back({from, header.chunk, header.ballot, std::move(frame)});
}

void Reducer::take_early_results() {
  for (EarlyResult& early : std::exchange(early_results_, {})) {
    const auto chunk = decode_chunk(early.frame);
    take_result(early.from, *chunk, std::move(early.frame));
  }
}

ChunkSet Reducer::held() const {
  ChunkSet held(chunks_.size());
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    held[chunk] = chunks_[chunk].outcome != Outcome::open;
  }
  return held;
}

void Reducer::note(std::size_t to, Ballot ballot, decltype(ReduceNote::content) content) {
  std::deque<Bytes>& notes = outboxes_[to].notes;
  notes.push_back(encode(ReduceNote{plan_.id, ballot, std::move(content)}));
  if (notes.size() > most_notes) notes.pop_front();
  ++offered_;
}

}  // namespace moshpit
