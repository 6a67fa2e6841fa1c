#include "app/assembly.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <map>

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto longest_wait = 60s;
// A newcomer is in the directory within a second, so a glance now and then is enough.
constexpr auto glance = 200ms;

// Where fewer accept connections than there are groups, some groups have guests.
std::uint32_t room_in(const Grid& grid, const std::vector<MemberStatus>& members) {
  const auto accepts = [](const MemberStatus& member) { return !member.addresses.empty(); };
  const auto leaders = static_cast<std::uint64_t>(std::ranges::count_if(members, accepts));
  return leaders < grid.places() / grid.side() ? most_in_group(grid.side()) : grid.side();
}

bool fits(const RunPlan& plan, const std::vector<MemberStatus>& members) {
  if (members.size() > plan.grid.places()) return true;
  const std::uint32_t room = room_in(plan.grid, members);
  std::map<std::string, std::uint32_t> in_cell;
  for (const MemberStatus& member : members) ++in_cell[member.place];
  return std::ranges::all_of(in_cell, [&](const auto& cell) { return cell.second <= room; });
}

}  // namespace

Result<Peer> start_or_join(const RunPlan& plan, const std::string& invite, PeerOptions options) {
  if (invite.empty()) return Peer::start_run(plan, std::move(options));
  const auto parsed = Invite::parse(invite);
  if (!parsed) return parsed.error();
  return Peer::join_run(*parsed, plan.model, plan.elements, std::move(options));
}

bool wait_for_members(Peer& peer, std::uint32_t wanted, const Output& output,
                      const Interrupt& interrupt) {
  const auto deadline = Clock::now() + longest_wait;
  std::size_t last_seen = 0;
  while (wanted > 1 && !interrupt.requested()) {
    peer.publish_progress(0, 0);
    const auto members = peer.members();
    if (members.size() >= wanted && fits(peer.plan(), members)) return true;
    if (Clock::now() > deadline) return false;
    if (members.size() != last_seen) {
      output.say(
          fmt::format("waiting for {} more peers, at most {} s",
                      wanted - std::min<std::size_t>(wanted, members.size()),
                      std::chrono::duration_cast<std::chrono::seconds>(longest_wait).count()));
    }
    last_seen = members.size();
    interrupt.pause(glance);
  }
  return wanted <= 1;
}

}  // namespace moshpit
