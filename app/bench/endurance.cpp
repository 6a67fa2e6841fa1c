#include "app/bench/endurance.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace moshpit {
namespace {

// A loop thread runs when the system lets it: on a machine with more processes than cores it may
// see its deadline so much later.
constexpr double scheduling = 0.5;
// Of sums of values in [-0.5, 0.5) in another order.
constexpr double rounding = 1e-6;
// Members tell of a round when its step has ended, and one that is frozen some seconds later. Older
// ones are let go of when there are many.
constexpr double longest_told_later = 120;
constexpr std::size_t most_digests = 20'000;
// Whoever has only just begun still fills its caches: nothing is said of growth in a shorter time.
constexpr double shortest_life = 60;
// What a process may grow by between the second and the last quarter of its life: caches fill, an
// allocator keeps some memory, and links come and go.
constexpr double memory_slack = 16e6;
constexpr double descriptor_slack = 16;

Footprint largest(const std::vector<Footprint>& all, double from, double to) {
  Footprint largest;
  for (const Footprint& one : all) {
    if (one.at < from || one.at >= to) continue;
    largest.memory = std::max(largest.memory, one.memory);
    largest.descriptors = std::max(largest.descriptors, one.descriptors);
  }
  return largest;
}

}  // namespace

void Endurance::froze(std::size_t member, double from, double to) {
  frozen_[member].emplace_back(from, to);
}

bool Endurance::was_frozen(std::size_t member, double from, double to) const {
  const auto found = frozen_.find(member);
  if (found == frozen_.end()) return false;
  return std::ranges::any_of(found->second, [&](const auto& time) {
    return time.first < to + scheduling && from < time.second + scheduling;
  });
}

void Endurance::saw(std::size_t member, const EnduredRound& round) {
  ++rounds_;
  if (round.id.empty()) {
    ++alone_;
    return;
  }
  judge_time(member, round);
  if (round.view.empty()) return;
  ++averaged_;
  judge_bytes(round);
}

void Endurance::judge_time(std::size_t member, const EnduredRound& round) {
  if (was_frozen(member, round.ended - round.reducing, round.ended)) return;
  const double late = round.reducing - round.deadline;
  longest_lateness_ = std::max(longest_lateness_, late);
  if (late <= scheduling) return;
  found(fmt::format("R4: member {} ended round {} {:.3f} s after its deadline of {:.3f} s", member,
                    round.id.substr(0, 8), late, round.deadline));
}

void Endurance::judge_bytes(const EnduredRound& round) {
  if (round.error > rounding) {
    found(fmt::format("R1: round {} is {:.1e} off the mean of its contributors",
                      round.id.substr(0, 8), round.error));
  }
  if (digests_.size() > most_digests) {
    std::erase_if(digests_, [&](const auto& held) {
      return held.second.ended < round.ended - longest_told_later;
    });
  }
  const Held held{round.digest, round.ended};
  const auto [first, is_first] = digests_.try_emplace({round.id, round.view}, held);
  if (is_first || first->second.digest == round.digest) return;
  found(fmt::format("R2: two members of one view of round {} hold different bytes",
                    round.id.substr(0, 8)));
}

void Endurance::measured(std::size_t member, const Footprint& footprint) {
  footprints_[member].push_back(footprint);
}

std::pair<Footprint, Footprint> Endurance::growth(std::size_t member, double begin,
                                                  double end) const {
  const auto found = footprints_.find(member);
  if (found == footprints_.end()) return {};
  const double quarter = (end - begin) / 4;
  return {largest(found->second, begin + quarter, begin + 2 * quarter),
          largest(found->second, end - quarter, end)};
}

std::vector<std::string> Endurance::findings(double begin, double end) const {
  std::vector<std::string> all = findings_;
  if (end - begin < shortest_life) return all;
  for (const auto& [member, footprints] : footprints_) {
    const auto [before, after] = growth(member, begin, end);
    if (before.memory == 0 || after.memory == 0) continue;
    if (after.memory > 1.25 * before.memory + memory_slack) {
      all.push_back(fmt::format("member {} grew from {:.0f} to {:.0f} MB", member,
                                before.memory / 1e6, after.memory / 1e6));
    }
    if (after.descriptors > before.descriptors + descriptor_slack) {
      all.push_back(fmt::format("member {} held {} and later {} descriptors", member,
                                before.descriptors, after.descriptors));
    }
  }
  return all;
}

}  // namespace moshpit
