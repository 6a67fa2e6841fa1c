#include "reduce/reducer.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "base/assert.hpp"
#include "reduce/chunk_values.hpp"

namespace moshpit {
namespace {

bool is_result(const ChunkView& chunk) { return chunk.header.kind == ChunkKind::result; }

}  // namespace

Reducer::Reducer(RoundPlan plan, const WeightedVector& vector, Time now)
    : plan_(std::move(plan)),
      vector_(&vector),
      layout_(vector.values.size()),
      ballots_(plan_.self, plan_.owners, Partition(layout_.count(), plan_.shares)),
      silence_(plan_.owners.size(), plan_.limits.silence, now),
      start_(now),
      adopted_at_(now),
      chunks_(layout_.count()),
      open_(layout_.count()),
      outboxes_(plan_.owners.size()),
      suspicions_(plan_.owners.size()),
      losses_(plan_.owners.size()) {
  MOSHPIT_ASSERT(vector.weights.size() == layout_.count());
  MOSHPIT_ASSERT(vector.residuals.empty() || vector.residuals.size() == layout_.elements());
  MOSHPIT_ASSERT(plan_.self < members() && members() <= group_size_limit);
  for (std::size_t member = 0; member < members(); ++member) {
    awaited_[member] = member != plan_.self;
  }
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) contribute(chunk);
  issue_complete();
  conclude();
}

void Reducer::receive(std::size_t from, Bytes frame, Time now) {
  MOSHPIT_ASSERT(from < members() && from != plan_.self);
  if (is_reduce_note(frame)) {
    take_note(from, frame, now);
  } else {
    take_chunk(from, std::move(frame), now);
  }
  conclude();
  consider_calling(now);
}

// It may have dialled us although we could not dial it.
void Reducer::heard(std::size_t from, Time now) {
  silence_.heard(from, now);
  gone_.reset(from);
  if (!distrusted_[from]) suspicions_[from].reset();
}

void Reducer::take_chunk(std::size_t from, Bytes frame, Time now) {
  counters_.bytes_received += frame.size();
  const auto chunk = decode_chunk(frame);
  if (!chunk) return distrust(from, "sent bytes that are no chunk");
  if (chunk->header.round != plan_.id) {
    ++counters_.stale;
    return;
  }
  heard(from, now);
  if (auto sentence = objection(from, *chunk)) {
    if (is_result(*chunk)) return distrust(from, *std::move(sentence));
    return refuse(from, *std::move(sentence));
  }
  if (is_result(*chunk)) return take_result(from, *chunk, std::move(frame));
  take_contribution(from, *chunk, std::move(frame));
}

// What is wrong with the header, if anything (R7). A contribution may be early: the ballot that
// makes this member the chunk's author is installed elsewhere.
std::optional<std::string> Reducer::objection(std::size_t from, const ChunkView& chunk) const {
  const ChunkHeader& header = chunk.header;
  if (header.chunk >= layout_.count()) {
    return fmt::format("sent chunk {} of a vector of {}", header.chunk, layout_.count());
  }
  if (!is_allowed(header.weight)) {
    return fmt::format("sent chunk {} with weight {}; at most {} is allowed", header.chunk,
                       header.weight, plan_.weight_limit);
  }
  if (auto sentence = is_result(chunk) ? objection_to_result(from, chunk)
                                       : objection_to_contribution(from, chunk)) {
    return sentence;
  }
  if (header.codec != plan_.codec) {
    return fmt::format("sent chunk {} as {}; this run sends {}", header.chunk,
                       name_of(header.codec), name_of(plan_.codec));
  }
  const bool weightless = is_result(chunk) && header.weight == 0;
  const std::size_t expected = weightless ? 0 : layout_.size(header.chunk);
  if (header.elements != expected || !is_whole(chunk)) {
    return fmt::format("sent {} elements in {} bytes of chunk {}, which has {}", header.elements,
                       chunk.values.size(), header.chunk, expected);
  }
  return std::nullopt;
}

std::optional<std::string> Reducer::objection_to_contribution(std::size_t from,
                                                              const ChunkView& chunk) const {
  if (chunk.header.sender != from) {
    return fmt::format("sent a chunk in the name of member {}", chunk.header.sender);
  }
  if (chunk.header.ballot != Ballot{}) return "sent a contribution of a ballot";
  return std::nullopt;
}

std::optional<std::string> Reducer::objection_to_result(std::size_t from,
                                                        const ChunkView& chunk) const {
  const ChunkHeader& header = chunk.header;
  if (header.sender >= members()) {
    return fmt::format("sent a chunk in the name of member {}", header.sender);
  }
  // Nobody hands anything on before a ballot was called.
  const bool first = header.ballot == Ballot{} && ballots_.promised() == Ballot{};
  if (first && header.sender != from) {
    return fmt::format("sent a chunk in the name of member {}", header.sender);
  }
  if (first && ballots_.author(header.chunk) != from) {
    return fmt::format("sent chunk {}, which is not its own to send here", header.chunk);
  }
  if ((header.contributors >> members()).any()) {
    return fmt::format("named contributors to chunk {} that are not in the group", header.chunk);
  }
  if (header.weight > 0 && header.contributors.none()) {
    return fmt::format("sent a mean of nobody in chunk {}", header.chunk);
  }
  return std::nullopt;
}

std::optional<std::string> Reducer::objection_to_values(const ChunkView& chunk) const {
  const ChunkHeader& header = chunk.header;
  if (all_finite(header.codec, chunk.values, header.elements)) return std::nullopt;
  return fmt::format("sent values in chunk {} that are not finite", chunk.header.chunk);
}

void Reducer::take_contribution(std::size_t from, const ChunkView& chunk, Bytes frame) {
  const std::size_t index = chunk.header.chunk;
  if (settled() || refused_[from] || chunks_[index].outcome != Outcome::open) {
    ++counters_.late;
    return;
  }
  if (auto sentence = objection_to_values(chunk)) return refuse(from, *std::move(sentence));
  Collection& collection = chunks_[index].collection;
  const WeightedValues contribution{chunk.header.weight, chunk.values, chunk.header.codec};
  if (!collection.add(from, std::move(frame), contribution)) {
    ++counters_.duplicates;
    return;
  }
  if (complete(index)) issue(index);
}

void Reducer::take_result(std::size_t from, const ChunkView& chunk, Bytes frame) {
  const std::size_t index = chunk.header.chunk;
  if (settled() || chunks_[index].outcome != Outcome::open) {
    ++(failed_ ? counters_.late : counters_.duplicates);
    return;
  }
  const bool early = !ballots_.stands() || chunk.header.ballot > ballots_.adopted();
  if (early) return keep_early(from, chunk.header, std::move(frame));
  if (!ballots_.accepts(from, chunk.header)) {
    ++counters_.late;
    return;
  }
  if (auto sentence = objection_to_values(chunk)) return distrust(from, *std::move(sentence));
  const bool weightless = chunk.header.weight == 0;
  chunks_[index].result = SharedBytes(std::move(frame));
  settle(index, weightless ? Outcome::weightless : Outcome::averaged);
}

void Reducer::disconnected(std::size_t member, std::string sentence, Time now) {
  gone_.set(member);
  if (settled()) return;
  if (awaited_[member] && owes_contributions(member)) {
    lose(member, LossReason::disconnected, sentence);
  }
  leave_out(member);
  suspect(member, LossReason::disconnected, std::move(sentence));
  conclude();
  consider_calling(now);
}

void Reducer::tick(Time now) {
  silence_.tick(now);
  if (settled()) return;
  for (std::size_t member = 0; member < members(); ++member) {
    if (member != plan_.self) look_for_silence(member, now);
  }
  conclude();
  if (!settled() && now >= start_ + plan_.limits.round) fail();
  if (settled()) return;
  consider_calling(now);
  show_life();
}

Time Reducer::next_tick() const {
  const Time next = std::min(silence_.next_tick(), start_ + plan_.limits.round);
  return call_due_ ? std::min(next, *call_due_) : next;
}

// An author closes its collections while there is still the time to bring the results to everybody.
void Reducer::look_for_silence(std::size_t member, Time now) {
  const Duration silent = silence_.of(member);
  const bool over = now >= start_ + plan_.limits.round;
  const Time closes = std::max(start_ + plan_.limits.round - plan_.limits.closing,
                               adopted_at_ + plan_.limits.silence);
  const bool closing = now >= closes;
  const bool suspicious = silent > plan_.limits.silence;
  // Whoever is there, and has not sent its results when they should be on their way, is too slow.
  const bool late = now >= closes + plan_.limits.silence;
  if (awaited_[member] && (closing || suspicious) && owes_contributions(member)) {
    lose(member, LossReason::silent,
         closing ? "had not sent everything when the round had to be closed"
                 : fmt::format("sent nothing for {:.1f} s", seconds(silent)));
    if (!over) leave_out(member);
  }
  if ((late || suspicious) && (owes_results(member) || owes_an_answer(member))) {
    suspect(member, LossReason::silent,
            fmt::format("sent no result; silent for {:.1f} s", seconds(silent)));
  }
}

// Whoever waits for this member's results or for the ballot that it calls must not take it for
// frozen while it waits itself.
void Reducer::show_life() {
  const bool waited_for = ballots_.calling() || authors_open_chunk();
  for (std::size_t member = 0; member < members(); ++member) {
    Outbox& outbox = outboxes_[member];
    const bool told = std::exchange(outbox.told_lately, false);
    const bool there = ballots_.view()[member] && !gone_[member];
    if (waited_for && !told && there && member != plan_.self) note(member, {}, Alive{});
  }
}

// The deadline is there, and somebody has not sent its results: nothing of the round counts.
void Reducer::fail() {
  failed_ = true;
  for (auto& suspicion : suspicions_) {
    if (suspicion) lose(suspicion->member, suspicion->reason, std::move(suspicion->sentence));
  }
}

// The first reason is the one to tell, except that a refusal is always named (R7).
void Reducer::lose(std::size_t member, LossReason reason, std::string sentence) {
  auto& loss = losses_[member];
  if (loss && (reason != LossReason::refused || loss->reason == LossReason::refused)) return;
  loss = Loss{member, reason, std::move(sentence)};
}

// What is in an issued result stays there. Whatever else it sent is taken out: a sender of garbage
// is not trusted.
void Reducer::refuse(std::size_t member, std::string sentence) {
  ++counters_.refused;
  if (refused_[member]) return;
  lose(member, LossReason::refused, std::move(sentence));
  refused_.set(member);
  for (Chunk& chunk : chunks_) chunk.collection.remove(member);
  leave_out(member);
}

// It is no author any more either.
void Reducer::distrust(std::size_t member, std::string sentence) {
  distrusted_.set(member);
  suspect(member, LossReason::refused, sentence);
  refuse(member, std::move(sentence));
}

void Reducer::suspect(std::size_t member, LossReason reason, std::string sentence) {
  if (!suspicions_[member]) suspicions_[member] = Loss{member, reason, std::move(sentence)};
}

void Reducer::leave_out(std::size_t member) {
  awaited_.reset(member);
  issue_complete();
}

bool Reducer::owes_contributions(std::size_t member) const {
  return any_open([&](std::size_t chunk) {
    return source(chunk) == plan_.self && !chunks_[chunk].collection.has(member);
  });
}

bool Reducer::owes_results(std::size_t member) const {
  return ballots_.stands() && any_open([&](std::size_t chunk) { return source(chunk) == member; });
}

bool Reducer::authors_open_chunk() const {
  return any_open([&](std::size_t chunk) { return source(chunk) == plan_.self; });
}

// To the ballot that this member calls, or of one that it has promised.
bool Reducer::owes_an_answer(std::size_t member) const {
  if (ballots_.calling()) return ballots_.unanswered()[member];
  return !ballots_.stands() && ballots_.promised().member == member;
}

bool Reducer::complete(std::size_t chunk) const {
  return ballots_.stands() && chunks_[chunk].outcome == Outcome::open &&
         source(chunk) == plan_.self && (awaited_ & ~chunks_[chunk].collection.members()).none();
}

void Reducer::issue_complete() {
  if (settled()) return;
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    if (complete(chunk)) issue(chunk);
  }
}

// The author, too, takes the result from the encoded bytes, so that everybody holds the same (R2).
void Reducer::issue(std::size_t chunk) {
  const Collection& collection = chunks_[chunk].collection;
  const auto contributions = collection.contributions();
  ChunkHeader header;
  header.kind = ChunkKind::result;
  header.codec = plan_.codec;
  header.round = plan_.id;
  header.ballot = ballots_.adopted();
  header.chunk = static_cast<std::uint32_t>(chunk);
  header.sender = static_cast<std::uint16_t>(plan_.self);
  header.weight = mean_weight(contributions);
  header.contributors = collection.members();
  mean_.resize(header.weight > 0 ? layout_.size(chunk) : 0);
  if (header.weight > 0) weighted_mean(contributions, mean_);
  chunks_[chunk].result = SharedBytes(encode_chunk(header, mean_));
  if (!vector_->residuals.empty()) {
    const auto count = static_cast<float>(contributions.size());
    chunks_[chunk].rounded_off.resize(mean_.size());
    rounded_off(header.codec, mean_, count, chunks_[chunk].rounded_off);
  }
  for (std::size_t member = 0; member < members(); ++member) {
    if (member != plan_.self && ballots_.view()[member]) offer_result(member, chunk);
  }
  settle(chunk, header.weight > 0 ? Outcome::averaged : Outcome::weightless);
}

void Reducer::offer_result(std::size_t to, std::size_t chunk) {
  outboxes_[to].results.push_back(chunk);
  ++offered_;
}

void Reducer::settle(std::size_t chunk, Outcome outcome) {
  chunks_[chunk].outcome = outcome;
  chunks_[chunk].collection.clear();
  --open_;
}

void Reducer::conclude() {
  if (settled() || open_ > 0 || !ballots_.stands()) return;
  finished_ = true;
  final_view_ = ballots_.view();
}

bool Reducer::concerns(std::size_t member) const {
  const Partition& partition = ballots_.partition();
  return partition.slice(plan_.self).size() > 0 || partition.slice(member).size() > 0 ||
         !outboxes_[member].empty();
}

// Results and contributions take turns: contributions keep the other authors busy, and results that
// are out are safe should this peer die.
std::optional<Frame> Reducer::next_frame(std::size_t to) {
  MOSHPIT_ASSERT(to != plan_.self);
  if (gone_[to]) return std::nullopt;
  Outbox& outbox = outboxes_[to];
  outbox.result_next = !outbox.result_next;
  auto frame = outbox.result_next ? next_result(outbox) : next_contribution(to, outbox);
  if (!frame) frame = outbox.result_next ? next_contribution(to, outbox) : next_result(outbox);
  if (frame) counters_.bytes_sent += frame->size();
  outbox.told_lately = outbox.told_lately || frame;
  return frame;
}

std::optional<Bytes> Reducer::next_note(std::size_t to) {
  if (gone_[to]) return std::nullopt;
  return take_first(outboxes_[to].notes);
}

bool Reducer::has_something_for(std::size_t member) const {
  const Outbox& outbox = outboxes_[member];
  return !losses_[member] && !gone_[member] && !(outbox.results.empty() && outbox.notes.empty());
}

std::optional<Frame> Reducer::next_result(Outbox& outbox) {
  const auto chunk = take_first(outbox.results);
  if (!chunk) return std::nullopt;
  return Frame(chunks_[*chunk].result);
}

// A chunk that is settled needs no contribution any more.
std::optional<Frame> Reducer::next_contribution(std::size_t to, Outbox& outbox) {
  while (!settled()) {
    const auto chunk = take_first(outbox.contributions);
    if (!chunk) return std::nullopt;
    if (chunks_[*chunk].outcome != Outcome::open) continue;
    chunks_[*chunk].contributed = to;
    return encoded_contribution(*chunk);
  }
  return std::nullopt;
}

std::vector<ChunkReport> Reducer::chunks() const {
  std::vector<ChunkReport> reports(chunks_.size());
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    ChunkReport& report = reports[chunk];
    report.begin = layout_.begin(chunk);
    report.end = layout_.end(chunk);
    if (!averaged(chunk)) continue;
    const auto result = decode_chunk(chunks_[chunk].result.view());
    report.averaged = true;
    report.contributors = result->header.contributors;
    report.mean_weight = result->header.weight;
  }
  return reports;
}

std::vector<Reducer::Loss> Reducer::losses() const {
  std::vector<Loss> all;
  for (const auto& loss : losses_) {
    if (loss) all.push_back(*loss);
  }
  return all;
}

}  // namespace moshpit
