#include "reduce/ballots.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// A round has two or three. Who counts further would leave the others nothing to count to.
constexpr std::uint32_t most_ballots = 1u << 20;

}  // namespace

Ballots::Ballots(std::size_t self, std::vector<bool> owners, Partition partition)
    : self_(self),
      owners_(std::move(owners)),
      partition_(std::move(partition)),
      promises_(owners_.size()) {
  for (std::size_t member = 0; member < owners_.size(); ++member) view_.set(member);
}

// Its owner, or whoever comes next round the circle: the same one as long as it stays. Chunks of
// one owner begin at different members, so that they are shared out.
std::size_t Ballots::author(std::size_t chunk) const {
  const std::size_t owner = partition_.owner(chunk);
  if (view_[owner]) return owner;
  const std::size_t members = owners_.size();
  for (std::size_t i = 0; i < members; ++i) {
    const std::size_t candidate = (owner + 1 + chunk + i) % members;
    if (may_be_author(candidate)) return candidate;
  }
  std::size_t first = 0;
  while (!view_[first]) ++first;
  return first;
}

std::optional<std::size_t> Ballots::holder(std::size_t chunk) const {
  for (std::size_t i = 0; i < holdings_.size(); ++i) {
    const Install::Holding& holding = holdings_[(chunk + i) % holdings_.size()];
    if (holding.held[chunk]) return holding.member;
  }
  return std::nullopt;
}

std::size_t Ballots::source(std::size_t chunk) const {
  return holder(chunk).value_or(author(chunk));
}

bool Ballots::lacks(std::size_t member, std::size_t chunk) const {
  const auto is_its = [&](const Install::Holding& holding) { return holding.member == member; };
  const auto found = std::ranges::find_if(holdings_, is_its);
  return found != holdings_.end() && !found->held[chunk];
}

bool Ballots::accepts(std::size_t from, const ChunkHeader& result) const {
  if (!stands() || from != source(result.chunk)) return false;
  if (holder(result.chunk)) return result.ballot <= adopted_;
  return result.ballot == adopted_ && result.sender == from;
}

TakeStock Ballots::call(const MemberSet& suspects, ChunkSet held) {
  promised_ = Ballot{promised_.counter + 1, static_cast<std::uint16_t>(self_)};
  called_ = view_ & ~suspects;
  called_.set(self_);
  answered_.reset();
  promised_by(self_, promised_, Promise{view_, std::move(held)});
  return TakeStock{called_};
}

std::optional<Ballots::Answer> Ballots::answer(std::size_t from, Ballot ballot,
                                               const TakeStock& question, ChunkSet held) {
  if (ballot.member != from || !question.view[self_] || !question.view[from]) return std::nullopt;
  if (ballot.counter > most_ballots) return std::nullopt;
  if (!view_[from]) return LeftOut{};
  if (ballot <= promised_) return std::nullopt;
  promised_ = ballot;
  called_.reset();
  return Promise{view_, std::move(held)};
}

void Ballots::promised_by(std::size_t from, Ballot ballot, Promise promise) {
  const bool sound = promise.view[self_] && promise.view[from];
  if (ballot != promised_ || !called_[from] || !sound) return;
  answered_.set(from);
  promises_[from] = std::move(promise);
}

std::optional<Install> Ballots::ready() {
  if (called_.none() || unanswered().any()) return std::nullopt;
  Install install{called_, {}};
  for (std::size_t member = 0; member < owners_.size(); ++member) {
    if (called_[member]) install.view &= promises_[member].view;
  }
  for (std::size_t member = 0; member < owners_.size(); ++member) {
    if (!install.view[member]) continue;
    install.holdings.push_back(
        {static_cast<std::uint16_t>(member), std::move(promises_[member].held)});
  }
  called_.reset();
  return install;
}

bool Ballots::install(std::size_t from, Ballot ballot, const Install& install) {
  if (from != ballot.member || ballot != promised_ || stands()) return false;
  if (!install.view[self_] || (install.view & ~view_).any()) return false;
  adopted_ = ballot;
  view_ = install.view;
  holdings_ = install.holdings;
  return true;
}

}  // namespace moshpit
