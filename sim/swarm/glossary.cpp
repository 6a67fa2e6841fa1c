#include "sim/swarm/glossary.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "match/grid_key.hpp"

namespace moshpit::sim {
namespace {

// A peer whose clock went mad must not make us name a million steps.
constexpr std::uint64_t furthest_step = 10'000;

}  // namespace

void Glossary::add_peer(const PeerId& peer) {
  peers_.try_emplace(peer, fmt::format("p{}", peers_.size()));
}

void Glossary::learn(const Utterance& utterance) {
  if (const auto* hello = std::get_if<Hello>(&utterance)) learn_run(hello->run);
  if (const auto* begun = std::get_if<StepBegun>(&utterance)) learn_step(begun->step);
  if (const auto* question = std::get_if<MatchQuestion>(&utterance)) {
    learn_step(question->time.step);
  }
  if (const auto* assembled = std::get_if<Assembled>(&utterance)) {
    std::vector<PeerId>& members = groups_[assembled->group.id];
    members.clear();
    for (const Contact& member : assembled->group.members) members.push_back(member.id);
    learn_step(assembled->group.time.step);
  }
}

// The keys of the first step are claimed before anybody has begun it.
void Glossary::learn_run(const RunId& run) {
  if (run_) return;
  run_ = run;
  const Digest members = Hasher().add(run.bytes).add(as_bytes("members")).digest();
  keys_[DirectoryKey{members}] = "the members' progress";
  learn_step(0);
}

// Places of the next step are claimed during this one.
void Glossary::learn_step(std::uint64_t step) {
  if (!run_ || step > furthest_step) return;
  while (steps_named_ < step + 1) add_keys(++steps_named_);
}

void Glossary::add_keys(std::uint64_t step) {
  const std::uint64_t cells = grid_.places() / grid_.side();
  for (std::uint32_t round = 0; round < grid_.dimensions(); ++round) {
    for (std::uint64_t cell = 0; cell < cells; ++cell) {
      const GridKey grid_key = GridKey::at_place(grid_, cell);
      const DirectoryKey key = grid_key.directory_key(*run_, RoundTime{step, round});
      keys_[key] = fmt::format("{} step {} round {}", grid_key.text(), step, round);
    }
  }
}

std::string Glossary::peer(const PeerId& id) const {
  const auto found = peers_.find(id);
  return found == peers_.end() ? id.brief() : found->second;
}

std::string Glossary::key(const DirectoryKey& key) const {
  const auto found = keys_.find(key);
  if (found != keys_.end()) return found->second;
  const auto whose = peers_.find(PeerId{key.bytes});
  if (whose != peers_.end()) return "the neighbourhood of " + whose->second;
  return "key " + key.brief();
}

std::string Glossary::renamed(std::string sentence) const {
  for (const auto& [id, name] : peers_) {
    const std::string brief = id.brief();
    for (std::size_t at = sentence.find(brief); at != sentence.npos; at = sentence.find(brief)) {
      sentence.replace(at, brief.size(), name);
    }
  }
  return sentence;
}

std::string Glossary::members(const RoundId& round, const MemberSet& some) const {
  const auto group = groups_.find(round);
  std::string names;
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (!some.test(i)) continue;
    const bool known = group != groups_.end() && i < group->second.size();
    if (!names.empty()) names += ' ';
    names += known ? peer(group->second[i]) : fmt::format("member {}", i);
  }
  return names.empty() ? "nobody" : names;
}

}  // namespace moshpit::sim
