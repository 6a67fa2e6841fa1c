#include "directory/lookup.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// A look-up among a million peers asks about 40. One that asks more is being led around.
constexpr std::size_t question_limit = 128;

// Each of those names at most 16 contacts; what lies farther away than this many candidates is
// never reached.
constexpr std::size_t candidate_limit = 256;

}  // namespace

void Lookup::start(const std::vector<Contact>& known) {
  for (const Contact& contact : known) learn(contact, 1);
}

void Lookup::learn(const Contact& contact, std::size_t hops) {
  if (contact.id == self_ || contact.addresses.empty()) return;
  candidates_.try_emplace(distance(contact.id, target_), Candidate{contact, hops});
  if (candidates_.size() <= candidate_limit) return;
  const auto farthest = std::prev(candidates_.end());
  if (farthest->second.state == State::unasked) candidates_.erase(farthest);
}

Lookup::Candidate* Lookup::find(const PeerId& peer) {
  const auto found = candidates_.find(distance(peer, target_));
  return found == candidates_.end() ? nullptr : &found->second;
}

std::optional<Contact> Lookup::next(Time now) const {
  if (questions_ >= question_limit) return std::nullopt;
  const Candidate* chosen = nullptr;
  std::size_t window = wanted_;
  std::size_t open = 0;
  std::size_t asked_left = open_;
  for (const auto& [distance, candidate] : candidates_) {
    if (window == 0 && asked_left == 0) break;
    if (candidate.state == State::failed) continue;
    if (candidate.state == State::asked) {
      --asked_left;
      if (candidate.slow_at <= now) continue;
      ++open;
    }
    if (window == 0) continue;
    --window;
    if (chosen == nullptr && candidate.state == State::unasked) chosen = &candidate;
  }
  if (chosen == nullptr || open >= in_flight_) return std::nullopt;
  return chosen->contact;
}

void Lookup::asked(const PeerId& peer, Time slow_at) {
  Candidate* candidate = find(peer);
  MOSHPIT_ASSERT(candidate != nullptr && candidate->state == State::unasked);
  candidate->state = State::asked;
  candidate->slow_at = slow_at;
  ++open_;
  ++questions_;
}

void Lookup::answered(const PeerId& peer, const std::vector<Contact>& closer) {
  Candidate* candidate = find(peer);
  MOSHPIT_ASSERT(candidate != nullptr && candidate->state == State::asked);
  candidate->state = State::answered;
  --open_;
  const std::size_t hops = candidate->hops + 1;
  for (const Contact& contact : closer) learn(contact, hops);
}

void Lookup::failed(const PeerId& peer) {
  Candidate* candidate = find(peer);
  MOSHPIT_ASSERT(candidate != nullptr && candidate->state == State::asked);
  candidate->state = State::failed;
  --open_;
  ++failures_;
}

std::optional<Time> Lookup::next_slow(Time now) const {
  std::optional<Time> earliest;
  std::size_t asked_left = open_;
  for (const auto& [distance, candidate] : candidates_) {
    if (asked_left == 0) break;
    if (candidate.state != State::asked) continue;
    --asked_left;
    if (candidate.slow_at <= now) continue;
    earliest = earliest ? std::min(*earliest, candidate.slow_at) : candidate.slow_at;
  }
  return earliest;
}

bool Lookup::done() const {
  std::size_t window = wanted_;
  for (const auto& [distance, candidate] : candidates_) {
    if (candidate.state == State::failed) continue;
    if (window-- == 0) return true;
    if (candidate.state == State::asked) return false;
    if (candidate.state == State::unasked && questions_ < question_limit) return false;
  }
  return true;
}

bool Lookup::in_reach(const PeerId& peer, std::size_t count) const {
  const Distance own = distance(peer, target_);
  std::size_t closer = 0;
  for (const auto& [distance, candidate] : candidates_) {
    if (distance >= own) break;
    closer += candidate.state != State::failed;
  }
  return closer < count;
}

std::vector<std::uint64_t> Lookup::names(std::size_t count, std::optional<PeerId> besides) const {
  std::vector<std::uint64_t> names;
  for (const auto& [distance, candidate] : candidates_) {
    if (names.size() == count) break;
    if (candidate.state == State::failed || candidate.contact.id == besides) continue;
    names.push_back(candidate.contact.id.leading());
  }
  return names;
}

std::vector<Contact> Lookup::closest() const {
  std::vector<Contact> out;
  for (const auto& [distance, candidate] : candidates_) {
    if (candidate.state == State::answered) out.push_back(candidate.contact);
    if (out.size() == wanted_) break;
  }
  return out;
}

std::size_t Lookup::hops() const {
  for (const auto& [distance, candidate] : candidates_) {
    if (candidate.state == State::answered) return candidate.hops;
  }
  return 0;
}

}  // namespace moshpit
