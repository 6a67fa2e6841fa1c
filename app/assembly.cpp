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

struct Cell {
  std::uint32_t members = 0;
  std::uint32_t hosts = 0;  // who accept connections
};

// Whether all stand where they find a group. Where fewer accept connections than there are groups,
// some groups have guests; nobody waits for a place that there is not.
bool fits(const Grid& grid, const std::vector<MemberStatus>& members) {
  std::map<std::string, Cell> cells;
  std::uint64_t hosts = 0;
  for (const MemberStatus& member : members) {
    const std::uint32_t host = member.addresses.empty() ? 0 : 1;
    Cell& cell = cells[member.place];
    cell.members += 1;
    cell.hosts += host;
    hosts += host;
  }
  const bool each_has_one = hosts >= grid.places() / grid.side();
  const std::uint32_t room = each_has_one ? grid.side() : most_in_group(grid.side());
  if (members.size() > std::min(grid.places(), hosts * room)) return true;
  return std::ranges::all_of(cells, [room](const auto& entry) {
    const auto& [place, cell] = entry;
    return !place.empty() && cell.members <= room && cell.hosts > 0;
  });
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
  auto deadline = Clock::now() + longest_wait;
  std::size_t last_seen = 0;
  while (wanted > 1 && !interrupt.requested()) {
    peer.publish_progress(0, 0);
    if (peer.newest_step() > 0) return true;  // somebody has seen them all
    const auto members = peer.members();
    if (members.size() >= wanted && fits(peer.plan().grid, members)) return true;
    if (Clock::now() > deadline) return false;
    if (members.size() > last_seen) deadline = Clock::now() + longest_wait;
    if (members.size() != last_seen) {
      output.say(
          fmt::format("waiting for {} more peers, at most {} s for the next one",
                      wanted - std::min<std::size_t>(wanted, members.size()),
                      std::chrono::duration_cast<std::chrono::seconds>(longest_wait).count()));
    }
    last_seen = members.size();
    interrupt.pause(glance);
  }
  return wanted <= 1;
}

}  // namespace moshpit
