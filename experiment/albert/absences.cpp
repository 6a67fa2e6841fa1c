#include "experiment/albert/absences.hpp"

#include <algorithm>

#include "base/random.hpp"
#include "sim/exponential.hpp"

namespace moshpit {

std::vector<Absence> draw_absences(const Fleet& fleet, Duration horizon, std::uint64_t seed) {
  Random random(seed);
  std::vector<Absence> absences;
  for (std::size_t peer = 0; peer < fleet.peers.size(); ++peer) {
    Random own = random.fork();
    Duration now = sim::exponential(own, fleet.between_preemptions);
    while (now < horizon) {
      const Duration until = now + sim::exponential(own, fleet.away);
      absences.push_back({peer, now, until});
      now = until + sim::exponential(own, fleet.between_preemptions);
    }
  }
  std::ranges::stable_sort(absences, {}, &Absence::from);
  return absences;
}

double dollars_until(const Fleet& fleet, const std::vector<Absence>& absences, double at) {
  double dollars = fleet.peers_dollars_per_hour() * at / 3600;
  for (const Absence& absence : absences) {
    const double away = std::min(seconds(absence.until), at) - std::min(seconds(absence.from), at);
    dollars -= fleet.peers[absence.peer].dollars_per_hour * away / 3600;
  }
  return dollars;
}

}  // namespace moshpit
