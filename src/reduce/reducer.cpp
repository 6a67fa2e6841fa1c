#include "reduce/reducer.hpp"

#include <cmath>
#include <fmt/format.h>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {
namespace {

bool valid_weight(double weight, double limit) {
  return std::isfinite(weight) && weight >= 0 && weight <= limit;
}

bool is_result(const ChunkView& chunk) { return chunk.header.kind == ChunkKind::result; }

}  // namespace

Reducer::Reducer(RoundPlan plan, std::span<const float> values, std::span<const double> weights,
                 Time now)
    : plan_(std::move(plan)),
      values_(values),
      weights_(weights),
      layout_(values.size()),
      partition_(layout_.count(), plan_.owners),
      silence_(plan_.owners.size(), plan_.limits.sender, now),
      start_(now),
      chunks_(layout_.count()),
      open_(layout_.count()),
      outboxes_(plan_.owners.size()),
      losses_(plan_.owners.size()) {
  MOSHPIT_ASSERT(weights.size() == layout_.count());
  MOSHPIT_ASSERT(plan_.self < partition_.members() && partition_.members() <= group_size_limit);
  for (std::size_t member = 0; member < partition_.members(); ++member) {
    awaited_[member] = member != plan_.self;
    outboxes_[member].contribution = partition_.slice(member).begin;
  }
  contribute_own();
  issue_complete();
}

// What holds for others holds for this member's own values: a model that has diverged here must not
// spoil the mean.
void Reducer::contribute_own() {
  const Slice slice = partition_.slice(plan_.self);
  for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
    const auto values = values_.subspan(layout_.begin(chunk), layout_.size(chunk));
    const double weight = weights_[chunk];
    if (valid_weight(weight, plan_.weight_limit) && all_finite(std::as_bytes(values))) {
      chunks_[chunk].collection.add(plan_.self, {}, weight, std::as_bytes(values));
    } else {
      lose(plan_.self, LossReason::refused,
           fmt::format("this peer's own chunk {} is not finite or has a weight out of range",
                       chunk));
    }
  }
}

void Reducer::receive(std::size_t from, Bytes frame, Time now) {
  MOSHPIT_ASSERT(from < partition_.members() && from != plan_.self);
  counters_.bytes_received += frame.size();
  const auto chunk = decode_chunk(frame);
  if (!chunk) {
    give_up(from);
    return refuse(from, "sent bytes that are no chunk");
  }
  if (chunk->header.round != plan_.id) {
    ++counters_.stale;
    return;
  }
  silence_.heard(from, now);
  gone_.reset(from);  // it has dialled us, although we could not dial it
  if (auto sentence = objection(from, *chunk)) {
    if (is_result(*chunk)) give_up(from);
    return refuse(from, *std::move(sentence));
  }
  if (is_result(*chunk)) return take_result(from, *chunk, std::move(frame));
  take_contribution(from, *chunk, std::move(frame));
}

// What is wrong with the header, if anything (R7).
std::optional<std::string> Reducer::objection(std::size_t from, const ChunkView& chunk) const {
  const ChunkHeader& header = chunk.header;
  if (header.sender != from)
    return fmt::format("sent a chunk in the name of member {}", header.sender);
  if (header.ballot != Ballot{}) return "sent a chunk of a ballot that nobody called";
  if (header.chunk >= layout_.count()) {
    return fmt::format("sent chunk {} of a vector of {}", header.chunk, layout_.count());
  }
  const std::size_t owner = partition_.owner(header.chunk);
  if (owner != (is_result(chunk) ? from : plan_.self)) {
    return fmt::format("sent chunk {}, which is not its own to send here", header.chunk);
  }
  if (!valid_weight(header.weight, plan_.weight_limit)) {
    return fmt::format("sent chunk {} with weight {}; at most {} is allowed", header.chunk,
                       header.weight, plan_.weight_limit);
  }
  if (is_result(chunk) && (header.contributors >> partition_.members()).any()) {
    return fmt::format("named contributors to chunk {} that are not in the group", header.chunk);
  }
  const bool weightless = is_result(chunk) && header.weight == 0;
  if (is_result(chunk) && !weightless && header.contributors.none()) {
    return fmt::format("sent a mean of nobody in chunk {}", header.chunk);
  }
  const std::size_t expected = weightless ? 0 : layout_.size(header.chunk);
  if (chunk.elements() != expected) {
    return fmt::format("sent {} elements in chunk {}, which has {}", chunk.elements(), header.chunk,
                       expected);
  }
  return std::nullopt;
}

std::optional<std::string> Reducer::objection_to_values(const ChunkView& chunk) const {
  if (all_finite(chunk.values)) return std::nullopt;
  return fmt::format("sent values in chunk {} that are not finite", chunk.header.chunk);
}

void Reducer::take_contribution(std::size_t from, const ChunkView& chunk, Bytes frame) {
  const std::size_t index = chunk.header.chunk;
  if (refused_[from] || chunks_[index].outcome != Outcome::open) {
    ++counters_.late;
    return;
  }
  if (auto sentence = objection_to_values(chunk)) return refuse(from, *std::move(sentence));
  Collection& collection = chunks_[index].collection;
  if (!collection.add(from, std::move(frame), chunk.header.weight, chunk.values)) {
    ++counters_.duplicates;
    return;
  }
  if (complete(index)) issue(index);
}

void Reducer::take_result(std::size_t from, const ChunkView& chunk, Bytes frame) {
  const std::size_t index = chunk.header.chunk;
  if (chunks_[index].outcome != Outcome::open) {
    ++(chunks_[index].outcome == Outcome::given_up ? counters_.late : counters_.duplicates);
    return;
  }
  auto sentence = objection_to_values(chunk);
  if (sentence) {
    give_up(from);
    return refuse(from, *std::move(sentence));
  }
  const bool weightless = chunk.header.weight == 0;
  chunks_[index].result = std::move(frame);
  settle(index, weightless ? Outcome::weightless : Outcome::averaged);
}

void Reducer::disconnected(std::size_t member, std::string sentence) {
  gone_.set(member);
  const bool owes = (awaited_[member] && owes_contributions(member)) || owes_results(member);
  if (owes) lose(member, LossReason::disconnected, std::move(sentence));
  leave_out(member);
  give_up(member);
}

void Reducer::tick(Time now) {
  silence_.tick(now);
  for (std::size_t member = 0; member < partition_.members(); ++member) {
    if (member != plan_.self) suspect(member, now);
  }
  if (now < start_ + plan_.limits.round) return;
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    if (chunks_[chunk].outcome == Outcome::open) settle(chunk, Outcome::given_up);
  }
}

Time Reducer::next_tick() const {
  return std::min(silence_.next_tick(), start_ + plan_.limits.round);
}

// An owner closes its collections while there is still the time to bring the results to everybody.
void Reducer::suspect(std::size_t member, Time now) {
  const Duration silent = silence_.of(member);
  const bool over = now >= start_ + plan_.limits.round;
  const bool closing = now >= start_ + plan_.limits.round - plan_.limits.owner;
  if (awaited_[member] && (closing || silent > plan_.limits.sender) && owes_contributions(member)) {
    lose(member, LossReason::silent,
         closing ? "had not sent everything when the round had to be closed"
                 : fmt::format("sent nothing for {:.1f} s", seconds(silent)));
    // After the deadline nobody waits for a result: its chunks are given up by tick().
    if (!over) leave_out(member);
  }
  if ((over || silent > plan_.limits.owner) && owes_results(member)) {
    lose(member, LossReason::silent,
         fmt::format("sent no result; silent for {:.1f} s", seconds(silent)));
    give_up(member);
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
  lose(member, LossReason::refused, std::move(sentence));
  refused_.set(member);
  const Slice slice = partition_.slice(plan_.self);
  for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
    chunks_[chunk].collection.remove(member);
  }
  leave_out(member);
}

void Reducer::leave_out(std::size_t member) {
  awaited_.reset(member);
  issue_complete();
}

void Reducer::give_up(std::size_t owner) {
  const Slice slice = partition_.slice(owner);
  for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
    if (chunks_[chunk].outcome == Outcome::open) settle(chunk, Outcome::given_up);
  }
}

bool Reducer::owes_contributions(std::size_t member) const {
  const Slice slice = partition_.slice(plan_.self);
  for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
    if (chunks_[chunk].outcome == Outcome::open && !chunks_[chunk].collection.has(member))
      return true;
  }
  return false;
}

bool Reducer::owes_results(std::size_t member) const {
  const Slice slice = partition_.slice(member);
  for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
    if (chunks_[chunk].outcome == Outcome::open) return true;
  }
  return false;
}

bool Reducer::complete(std::size_t chunk) const {
  return (awaited_ & ~chunks_[chunk].collection.members()).none();
}

void Reducer::issue_complete() {
  const Slice slice = partition_.slice(plan_.self);
  for (std::size_t chunk = slice.begin; chunk < slice.end; ++chunk) {
    if (chunks_[chunk].outcome == Outcome::open && complete(chunk)) issue(chunk);
  }
}

// The owner, too, takes the result from the encoded bytes, so that everybody holds the same (R2).
void Reducer::issue(std::size_t chunk) {
  const Collection& collection = chunks_[chunk].collection;
  const auto contributions = collection.contributions();
  ChunkHeader header;
  header.kind = ChunkKind::result;
  header.round = plan_.id;
  header.chunk = static_cast<std::uint32_t>(chunk);
  header.sender = static_cast<std::uint16_t>(plan_.self);
  header.weight = mean_weight(contributions);
  header.contributors = collection.members();
  std::vector<float> mean(header.weight > 0 ? layout_.size(chunk) : 0);
  if (header.weight > 0) weighted_mean(contributions, mean);
  chunks_[chunk].result = encode_chunk(header, mean);
  issued_.push_back(chunk);
  settle(chunk, header.weight > 0 ? Outcome::averaged : Outcome::weightless);
}

void Reducer::settle(std::size_t chunk, Outcome outcome) {
  chunks_[chunk].outcome = outcome;
  chunks_[chunk].collection.clear();
  --open_;
}

bool Reducer::concerns(std::size_t member) const {
  return partition_.slice(plan_.self).size() > 0 || partition_.slice(member).size() > 0;
}

// Results and contributions take turns: contributions keep the other owners busy, and results that
// are out are safe should this peer die.
std::optional<Bytes> Reducer::next_frame(std::size_t to) {
  MOSHPIT_ASSERT(to != plan_.self);
  if (gone_[to]) return std::nullopt;
  Outbox& outbox = outboxes_[to];
  outbox.result_next = !outbox.result_next;
  auto frame = outbox.result_next ? next_result(outbox) : next_contribution(to, outbox);
  if (!frame) frame = outbox.result_next ? next_contribution(to, outbox) : next_result(outbox);
  if (frame) counters_.bytes_sent += frame->size();
  return frame;
}

bool Reducer::has_results_for(std::size_t member) const {
  return !losses_[member] && !gone_[member] && outboxes_[member].results < issued_.size();
}

std::optional<Bytes> Reducer::next_result(Outbox& outbox) {
  if (outbox.results == issued_.size()) return std::nullopt;
  return chunks_[issued_[outbox.results++]].result;
}

// A chunk that is settled needs no contribution any more.
std::optional<Bytes> Reducer::next_contribution(std::size_t to, Outbox& outbox) {
  const Slice slice = partition_.slice(to);
  while (outbox.contribution < slice.end && chunks_[outbox.contribution].outcome != Outcome::open) {
    ++outbox.contribution;
  }
  if (outbox.contribution == slice.end) return std::nullopt;
  const std::size_t chunk = outbox.contribution++;
  ChunkHeader header;
  header.round = plan_.id;
  header.chunk = static_cast<std::uint32_t>(chunk);
  header.sender = static_cast<std::uint16_t>(plan_.self);
  header.weight = weights_[chunk];
  return encode_chunk(header, values_.subspan(layout_.begin(chunk), layout_.size(chunk)));
}

void Reducer::assign(std::span<float> values, std::span<double> weights) const {
  MOSHPIT_ASSERT(settled() && values.size() == values_.size() && weights.size() == chunks_.size());
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    if (chunks_[chunk].outcome != Outcome::averaged) continue;
    const auto result = decode_chunk(chunks_[chunk].result);
    copy_values(result->values, 0, values.subspan(layout_.begin(chunk), layout_.size(chunk)));
    weights[chunk] = result->header.weight;
  }
}

std::vector<ChunkReport> Reducer::chunks() const {
  std::vector<ChunkReport> reports(chunks_.size());
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    ChunkReport& report = reports[chunk];
    report.begin = layout_.begin(chunk);
    report.end = layout_.end(chunk);
    if (chunks_[chunk].outcome != Outcome::averaged) continue;
    const auto result = decode_chunk(chunks_[chunk].result);
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
