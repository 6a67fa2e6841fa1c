#include "sim/swarm/aftermath.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "codec/codec.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// Of values that began as N(0,1): far above the rounding of fp32 means, far below what one local
// step moves.
constexpr double exact = 1e-5;

// A step is settled within its deadlines, of which none is longer than this.
constexpr Duration step_takes = 60s;

// A cut or a freeze is over after this long.
constexpr Duration healing_takes = 30s;

// A record lives for 50 s, is remembered for a minute after that (directory/storage.cpp), and is
// looked after once a second; a silent link is closed within seconds.
constexpr Duration quiet = 120s;

// Questions at rest are a look-up every few seconds; each is answered or given up within moments.
constexpr Duration question_takes = 10s;

}  // namespace

void Aftermath::judge(const Grid& grid, const std::function<bool()>& over) {
  for (Survivor& survivor : survivors_) survivor.peer->stop_working();
  if (!world_.run_until(over, world_.now() + healing_takes)) {
    findings_.add("convergence", "a fault was never over");
  }
  judge_convergence(grid, steps_allowed(grid));
  judge_leaks();
}

// A full grid is exact after one step. With holes it is luck who meets: a pair that does halves the
// variance between the two, and forty halvings make of a spread of ten the tolerance. A peer meets
// somebody as often as the other places are held by peers worth meeting, and as there is a place
// for it; so it takes so much longer. And twice as long, because many seeds have bad luck among
// them.
std::uint64_t Aftermath::steps_allowed(const Grid& grid) const {
  constexpr double halvings = 40;
  const auto honest = static_cast<double>(std::ranges::count_if(survivors_, &Survivor::honest));
  const auto places = static_cast<double>(grid.places());
  const double meets = std::min((std::max(honest, 2.0) - 1) / (places - 1), places / honest);
  return static_cast<std::uint64_t>(2 * halvings / meets) / grid.dimensions() + 1;
}

void Aftermath::judge_convergence(const Grid& grid, std::uint64_t steps) {
  const std::uint64_t begun = fewest_steps();
  const auto settled = [&] {
    return (agree() && are_on(grid) && !hermit()) || fewest_steps() >= begun + steps;
  };
  const Time deadline = world_.now() + static_cast<std::int64_t>(steps) * step_takes;
  world_.run_until(settled, deadline);
  steps_to_agree_ = fewest_steps() - begun;
  if (!are_on(grid)) {
    findings_.add("convergence",
                  fmt::format("{} survivors are not all on the grid {} after {} steps",
                              survivors_.size(), grid.text(), steps_to_agree_));
  }
  if (const Survivor* alone = hermit()) {
    findings_.add("liveness",
                  fmt::format("peer {} met nobody, not even in {} steps after all faults were over",
                              alone->index, steps_to_agree_));
  }
  if (agree()) return;
  findings_.add("convergence",
                fmt::format("{} survivors still differ by {:.3g} after {} steps without work",
                            survivors_.size(), disagreement(), steps_to_agree_));
}

// They are compared when one of them has taken a step since.
bool Aftermath::agree() {
  const std::uint64_t steps = all_steps();
  if (steps != looked_at_) agreed_ = disagreement() <= tolerance();
  looked_at_ = steps;
  return agreed_;
}

bool Aftermath::are_on(const Grid& grid) const {
  return std::ranges::all_of(
      survivors_, [&grid](const Survivor& survivor) { return survivor.peer->grid() == grid; });
}

const Survivor* Aftermath::hermit() const {
  const auto alone = [](const Survivor& one) {
    return one.honest && one.peer->rounds_averaged() == 0;
  };
  const auto found = std::ranges::find_if(survivors_, alone);
  return found == survivors_.end() ? nullptr : &*found;
}

// Groups that average side by side round differently. What is owed for the means is a few times
// what is rounded off of one.
double Aftermath::tolerance() const {
  float largest = 0;
  for (const Survivor& survivor : survivors_) {
    if (!survivor.honest) continue;
    for (const float value : survivor.peer->values()) largest = std::max(largest, std::abs(value));
  }
  return exact + 8 * encoding_error(codec_, largest, largest);
}

double Aftermath::disagreement() const {
  const std::vector<float>* first = nullptr;
  double most = 0;
  for (const Survivor& survivor : survivors_) {
    if (!survivor.honest) continue;
    const std::vector<float>& values = survivor.peer->values();
    if (first == nullptr) first = &values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      most = std::max(most, std::abs(double{values[i]} - double{(*first)[i]}));
    }
  }
  return most;
}

std::uint64_t Aftermath::fewest_steps() const {
  std::uint64_t fewest = survivors_.front().peer->steps_done();
  for (const Survivor& survivor : survivors_) {
    fewest = std::min(fewest, survivor.peer->steps_done());
  }
  return fewest;
}

std::uint64_t Aftermath::all_steps() const {
  std::uint64_t all = 0;
  for (const Survivor& survivor : survivors_) all += survivor.peer->steps_done();
  return all;
}

void Aftermath::judge_leaks() {
  for (Survivor& survivor : survivors_) survivor.peer->stop_averaging();
  const auto all_rest = [this] {
    return std::ranges::all_of(survivors_, [](const Survivor& one) { return one.peer->resting(); });
  };
  if (!world_.run_until(all_rest, world_.now() + step_takes)) {
    return findings_.add("leaks", "somebody does not come to rest");
  }
  world_.run_until(world_.now() + quiet);
  for (const Survivor& survivor : survivors_) judge_leaks(survivor);
}

// At rest a peer has one link to each other one at most, stands under two keys, the place where it
// would begin and that of the donors, and takes part in no round. What it asks to keep that up is
// answered. Of questions about groups it may keep the last of each other peer: they are forgotten
// when the next one comes. So are states, of which each other peer may have downloaded one.
void Aftermath::judge_leaks(const Survivor& survivor) {
  const std::size_t others = survivors_.size() - 1;
  count_leaks(survivor, "links", survivor.gate->links(), others);
  Participant& participant = survivor.peer->participant();
  count_leaks(survivor, "records", participant.directory().records_held(), 2 * (others + 1));
  count_leaks(survivor, "watches", participant.directory().watches_held(), others);
  count_leaks(survivor, "early frames", participant.averager().early_frames(), 0);
  count_leaks(survivor, "early questions", participant.averager().early_questions(), others);
  count_leaks(survivor, "states", participant.states_offered(), others + 1);
  count_leaks(survivor, "rounds", judge_.in_round(survivor.host->id()) ? 1 : 0, 0);
  const auto answered = [&] { return survivor.gate->open_questions() == 0; };
  if (world_.run_until(answered, world_.now() + question_takes)) return;
  count_leaks(survivor, "questions without an answer", survivor.gate->open_questions(), 0);
}

void Aftermath::count_leaks(const Survivor& survivor, const char* what, std::size_t held,
                            std::size_t most) {
  if (held <= most) return;
  findings_.add("leaks", fmt::format("peer {} at rest holds {} {}; {} would do", survivor.index,
                                     held, what, most));
}

}  // namespace moshpit::sim
