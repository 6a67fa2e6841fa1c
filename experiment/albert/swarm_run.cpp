#include "experiment/albert/swarm_run.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "experiment/albert/swarm_study.hpp"
#include "sim/swarm/entrances.hpp"
#include "sim/swarm/trainee.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Duration coming_takes = 300s;
// The caller is asked that often whether to go on.
constexpr Duration glance = 1s;

class Swarm {
 public:
  Swarm(const Fleet& fleet, const std::vector<Absence>& absences, const Lesson& lesson,
        const SwarmPlan& plan, const LearnerSource& source)
      : fleet_(fleet),
        absences_(absences),
        lesson_(lesson),
        plan_(plan),
        source_(source),
        probe_(source(0, fleet.peers.size())),
        peers_(fleet.peers.size()),
        world_(plan.seed, network()) {}

  SwarmOutcome run(const GoOn& go_on);

 private:
  struct Peer {
    std::unique_ptr<SwarmStudy> study;
    sim::Trainee* trainee = nullptr;  // none while it is away
    bool came_back = false;           // and has not been seen level yet
  };

  sim::NetworkModel network();
  RunPlan run_plan();
  void add_hosts();
  void gather_everybody();
  void start(std::size_t index, bool late);
  void take_away(const Absence& absence);
  std::size_t there() const;
  void on_step(std::size_t index, const StepReport& report);
  void look_at(std::size_t index, std::uint64_t step);
  void tally_rounds(const StepReport& report);
  double elapsed() const { return seconds(world_.now() - began_); }
  double share() const {
    return static_cast<double>(steps_made_) / static_cast<double>(lesson_.steps);
  }
  SwarmOutcome outcome();

  const Fleet& fleet_;
  const std::vector<Absence>& absences_;
  const Lesson& lesson_;
  const SwarmPlan& plan_;
  const LearnerSource& source_;
  std::unique_ptr<Learner> probe_;  // tells how long the vectors are
  SwarmOutcome outcome_;
  std::vector<Peer> peers_;  // their studies outlive the world, which owns the trainees
  sim::World world_;
  Time began_{};
  std::uint64_t steps_made_ = 0;  // of the optimizer, by half of the peers
  std::map<std::uint64_t, std::size_t> made_;
  std::uint64_t averaged_ = 0;
};

sim::NetworkModel Swarm::network() {
  sim::NetworkModel model;
  model.latency_min = fleet_.latency_min;
  model.latency_max = fleet_.latency_max;
  const TrainedModel trained = probe_->trained(TrainingMode::collective);
  model.bulk_weight = fleet_.parameters / static_cast<double>(trained.parameters.size());
  return model;
}

RunPlan Swarm::run_plan() {
  RunPlan plan = plan_for(probe_->trained(TrainingMode::collective), TrainingMode::collective);
  plan.grid = Grid::fitting(fleet_.peers.size(), largest_group);
  plan.model = probe_->name();
  plan.target_batch = static_cast<double>(lesson_.batch);
  plan.overlap = plan_.overlap;
  plan.state_every = state_every;
  plan.codec = swarm_codec;
  plan.state_codec = swarm_state_codec;
  return plan;
}

void Swarm::add_hosts() {
  for (const FleetPeer& peer : fleet_.peers) {
    sim::HostOptions options;
    options.bytes_per_second_up = peer.bytes_per_second;
    options.bytes_per_second_down = peer.bytes_per_second;
    world_.add_host(options);
  }
}

void Swarm::start(std::size_t index, bool late) {
  Peer& peer = peers_[index];
  peer.study = std::make_unique<SwarmStudy>(fleet_, index, lesson_, source_, outcome_.samples);
  sim::Host& host = world_.host(index);
  sim::TraineeOptions options;
  const RunId run{Hasher().add(as_bytes("albert")).add(plan_.seed).digest()};
  options.membership = {run, to_bytes("the secret of the run"), false};
  options.plan = run_plan();
  if (late) {
    options.entrance = sim::draw_entrances(world_, peers_.size(), [this, index](std::size_t other) {
      return other != index && peers_[other].trainee;
    });
  }
  if (!late && index > 0) options.entrance = {world_.host(0).address()};
  if (!late) options.place = index;
  options.late = late;
  peer.trainee = &host.start<sim::Trainee>(host, std::move(options), *peer.study);
  peer.study->follow(*peer.trainee,
                     [this, index](const StepReport& report) { on_step(index, report); });
}

void Swarm::gather_everybody() {
  for (std::size_t i = 0; i < peers_.size(); ++i) start(i, false);
  const auto placed = [&] {
    return std::ranges::all_of(peers_, [](const Peer& p) { return p.trainee->is_placed(); });
  };
  const bool came = world_.run_until(placed, world_.now() + coming_takes);
  MOSHPIT_ASSERT(came);
  began_ = world_.now();
  for (const Peer& peer : peers_) peer.trainee->begin();
}

void Swarm::take_away(const Absence& absence) {
  Peer& peer = peers_[absence.peer];
  // The last ones stay: a run that nobody is left of is over.
  if (!peer.trainee || there() <= 2) return;
  ++outcome_.preemptions;
  peer.study->taken();
  world_.host(absence.peer).crash();
  peer.trainee = nullptr;
  peer.study.reset();
  world_.at(began_ + absence.until, [this, index = absence.peer] {
    world_.host(index).restart_anew();
    start(index, true);
    peers_[index].came_back = true;
  });
}

std::size_t Swarm::there() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(peers_, [](const Peer& peer) { return peer.trainee != nullptr; }));
}

void Swarm::on_step(std::size_t index, const StepReport& report) {
  Peer& peer = peers_[index];
  const Training& training = peer.trainee->training();
  if (report.rounds.empty()) return;
  tally_rounds(report);
  outcome_.steps = std::max(outcome_.steps, report.step);
  if (training.standing() != Training::Standing::newcomer && peer.came_back) {
    peer.came_back = false;
    ++outcome_.returns_with_state;
  }
  if (++made_[report.step] == (there() + 1) / 2) look_at(index, report.step);
}

void Swarm::look_at(std::size_t index, std::uint64_t step) {
  made_.erase(made_.begin(), made_.lower_bound(step > 8 ? step - 8 : 0));
  const std::uint64_t made = optimizer_steps(step);
  const bool due = made / lesson_.evaluate_every > steps_made_ / lesson_.evaluate_every;
  if (made <= steps_made_) return;
  steps_made_ = made;
  if (!due && made < lesson_.steps) return;
  const double now = elapsed();
  outcome_.curve.push_back({made, outcome_.samples.trained, now,
                            dollars_until(fleet_, absences_, now),
                            peers_[index].study->learner().evaluate().loss});
}

void Swarm::tally_rounds(const StepReport& report) {
  ++averaged_;
  outcome_.averaging_seconds += seconds(report.duration);
  for (const RoundReport& round : report.rounds) {
    ++outcome_.rounds;
    if (round.outcome == RoundOutcome::failed) ++outcome_.rounds_failed;
    outcome_.members += static_cast<double>(std::max<std::size_t>(round.members.size(), 1));
  }
}

SwarmOutcome Swarm::outcome() {
  for (const Peer& peer : peers_) {
    if (peer.trainee) outcome_.samples.in_hand += peer.study->unsettled();
  }
  outcome_.members /= static_cast<double>(std::max<std::uint64_t>(outcome_.rounds, 1));
  outcome_.averaging_seconds /= static_cast<double>(std::max<std::uint64_t>(averaged_, 1));
  return std::move(outcome_);
}

SwarmOutcome Swarm::run(const GoOn& go_on) {
  add_hosts();
  gather_everybody();
  outcome_.curve.push_back({0, 0, 0, 0, peers_.front().study->learner().evaluate().loss});
  for (const Absence& absence : absences_) {
    world_.at(began_ + absence.from, [this, absence] { take_away(absence); });
  }
  const auto made = [this] { return steps_made_ >= lesson_.steps; };
  while (!made() && go_on(share())) world_.run_until(made, world_.now() + glance);
  return outcome();
}

}  // namespace

SwarmOutcome run_swarm(const Fleet& fleet, const std::vector<Absence>& absences,
                       const Lesson& lesson, const SwarmPlan& plan, const LearnerSource& source,
                       const GoOn& go_on) {
  return Swarm(fleet, absences, lesson, plan, source).run(go_on);
}

}  // namespace moshpit
