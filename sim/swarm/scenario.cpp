#include "sim/swarm/scenario.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "codec/codec.hpp"
#include "sim/swarm/aftermath.hpp"
#include "sim/swarm/failpoints.hpp"
#include "sim/swarm/misfortunes.hpp"
#include "sim/swarm/round_judge.hpp"
#include "sim/swarm/round_tally.hpp"
#include "sim/swarm/swarm_peer.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// Virtual time for everybody to join, and then for the last newcomer to find the last free cell.
constexpr Duration joining_takes = 60s;
constexpr Duration placing_takes = 60s;
// Late peers come within this of the beginning: in the first steps.
constexpr Duration late_within = 2s;
// Contributions that weigh more are refused.
constexpr double weight_limit = 1000;
// A step with its faults is settled within its deadlines, of which none is longer than this.
constexpr Duration step_takes = 60s;

// A misfortune strikes at most a second after its round began, and lasts for four at most.
constexpr Duration healing_takes = 6s;

// The error of fp32 means of means of N(0,1) values.
constexpr double exact = 1e-6;
// Until a newcomer can show others the way in.
constexpr Duration joining_usually_takes = 2s;
constexpr std::size_t invite_addresses = 5;  // moshpit/invite.hpp
// Events between two looks at the progress: some tens of milliseconds of real time.
constexpr std::uint64_t progress_every = 1 << 14;

RunId run_of(std::uint64_t seed) {
  return RunId{Hasher().add(as_bytes("scenario")).add(seed).digest()};
}

class Run {
 public:
  Run(const Scenario& scenario, std::uint64_t seed, Onlookers onlookers, Failpoints* failpoints,
      std::optional<std::size_t> threads)
      : scenario_(scenario),
        failpoints_(failpoints),
        run_(run_of(seed)),
        world_(seed, scenario.network, threads),
        codec_(scenario.codec_of(seed)),
        judge_(findings_, weight_limit, codec_),
        tally_(scenario.grid),
        progress_(std::move(onlookers.progress)),
        arrivals_(std::move(onlookers.arrivals)) {
    if (onlookers.frames) world_.on_delivery(std::move(onlookers.frames));
  }

  ScenarioOutcome outcome() {
    if (everybody_joins()) {
      misfortunes_.emplace(scenario_, world_, judge_, [this](std::size_t i) { come_back(i); });
      if (failpoints_) failpoints_->begin();
      for (SwarmPeer* peer : peers_) peer->begin();
      for (std::size_t i = 0; i < scenario_.late; ++i) invite_late_peer();
      average();
      judge_efficiency();
      judge_exactness();
      judge_company();
    }
    ScenarioOutcome outcome;
    outcome.rounds = tally_.rows();
    outcome.grouped = grouped();
    outcome.bytes_per_peer = bytes_per_peer();
    outcome.events = world_.events();
    outcome.virtual_seconds = seconds(world_.now().time_since_epoch());
    if (misfortunes_ && !faultless()) outcome.steps_to_agree = judge_aftermath();
    outcome.findings = findings_.all();
    outcome.trace = world_.trace();
    outcome.judged = judge_.counters();
    if (misfortunes_) {
      outcome.misfortunes = misfortunes_->happened();
      outcome.misfortunes_hit = misfortunes_->hit();
    }
    if (failpoints_ && failpoints_->strikes()) {
      outcome.misfortunes += 1;
      outcome.misfortunes_hit += failpoints_->hit_a_round() ? 1 : 0;
    }
    return outcome;
  }

 private:
  double weight_of(std::size_t peer) const {
    return scenario_.unequal_weights ? 1.0 + static_cast<double>(peer % 5) : 1.0;
  }

  bool faultless() const {
    return scenario_.faultless() && !(failpoints_ && failpoints_->strikes());
  }

  // The poisoners are the last ones: the first peer founds the run.
  Poison poison_of(std::size_t peer) const {
    if (peer + scenario_.faults.poison < scenario_.peers) return Poison::none;
    constexpr Poison kinds[] = {Poison::not_finite, Poison::negative_weight, Poison::too_heavy};
    return kinds[peer % 3];
  }

  SwarmPeerOptions options_of(std::size_t index) {
    SwarmPeerOptions options;
    options.membership = {run_, to_bytes("the secret of the run"),
                          is_outbound_only(index) && !is_unaware(index)};
    options.plan.grid = scenario_.grid;
    options.plan.largest_group = static_cast<std::uint32_t>(scenario_.largest_group);
    options.plan.model = "scenario";
    options.plan.elements = scenario_.elements;
    options.plan.weight_limit = weight_limit;
    options.plan.codec = codec_;
    if (!scenario_.claim_places) options.place = index;
    options.steps = scenario_.steps;
    options.weight = weight_of(index);
    options.works = scenario_.local_work;
    options.between_steps = scenario_.between_steps;
    options.goes_on = scenario_.local_work || !faultless();
    options.on_round = [this, index] { misfortunes_->round_begins(index); };
    if (index < scenario_.peers) {
      options.on_round_ended = [this](const RoundReport& report, const WeightedVector& vector) {
        note(report, vector);
      };
    }
    return options;
  }

  bool is_outbound_only(std::size_t peer) const {
    return peer < scenario_.peers && peer + scenario_.outbound_only >= scenario_.peers;
  }

  bool is_unaware(std::size_t peer) const {
    return is_outbound_only(peer) && peer + scenario_.unaware >= scenario_.peers;
  }

  double draw(const std::optional<Range>& range) {
    if (!range) return 1;
    return range->least + (range->most - range->least) * world_.random().unit();
  }

  Host& add_host(std::size_t index) {
    const HostRanges& ranges = scenario_.hosts;
    HostOptions options;
    options.outbound_only = is_outbound_only(index);
    options.unaware = is_unaware(index);
    options.real_signatures = scenario_.real_signatures;
    if (ranges.bytes_per_second_up) options.bytes_per_second_up = draw(ranges.bytes_per_second_up);
    if (ranges.bytes_per_second_down) {
      options.bytes_per_second_down = draw(ranges.bytes_per_second_down);
    }
    options.costs = scenario_.costs;
    options.clock_rate = draw(ranges.clock_rate);
    options.speed = draw(ranges.speed);
    return world_.add_host(options);
  }

  void add_peer(std::size_t index) {
    Host& host = add_host(index);
    SwarmPeerOptions options = options_of(index);
    options.comes_after = static_cast<std::int64_t>(index) * scenario_.comes_every;
    if (index > 0) options.entrance = entrance_of(index);
    options.poison = poison_of(index);
    options.repeats = index < scenario_.faults.repeat;
    if (options.poison != Poison::none) judge_.knows_poisoner(host.id());
    start(host, std::move(options));
  }

  // As an invite has them: of members, so of such as have had the time to join.
  std::vector<Address> entrance_of(std::size_t index) {
    if (scenario_.comes_every == Duration{0}) return {world_.host(0).address()};
    const auto behind = static_cast<std::size_t>(joining_usually_takes / scenario_.comes_every);
    const std::size_t members = index > behind ? index - behind : 1;
    std::vector<Address> addresses;
    for (std::size_t i = 0; i < std::min(members, invite_addresses); ++i) {
      addresses.push_back(world_.host(world_.random().below(members)).address());
    }
    return addresses;
  }

  void start(Host& host, SwarmPeerOptions options) {
    if (arrivals_) arrivals_(host.id());
    if (!scenario_.faultless() || failpoints_) {
      options.gate = &gates_.emplace_back();
      if (failpoints_) {
        failpoints_->add_peer(world_, judge_, host, *options.gate, is_outbound_only(peers_.size()));
      }
    }
    peers_.push_back(&host.start<SwarmPeer>(host, std::move(options), judge_, findings_, offered_));
  }

  std::vector<Address> entrance_of_others(std::size_t index) {
    std::vector<Address> addresses;
    for (std::size_t i = 0; i < scenario_.peers; ++i) {
      const bool reachable = i != index && !gone(i) && !is_outbound_only(i);
      if (reachable) addresses.push_back(world_.host(i).address());
    }
    addresses.resize(std::min(addresses.size(), invite_addresses));
    return addresses;
  }

  // Its host runs again, and it has forgotten everything.
  void come_back(std::size_t index) {
    Host& host = world_.host(index);
    SwarmPeerOptions options = options_of(index);
    options.late = true;
    options.entrance = entrance_of_others(index);
    options.repeats = index < scenario_.faults.repeat;
    options.gate = &gates_[index];
    if (arrivals_) arrivals_(host.id());
    peers_[index] = &host.start<SwarmPeer>(host, std::move(options), judge_, findings_, offered_);
    done_ = std::min(done_, index);
  }

  // It knows the addresses of all who live on, as an invite carries several.
  void invite_late_peer() {
    SwarmPeerOptions options = options_of(peers_.size());
    options.late = true;
    options.entrance = entrance_of_others(peers_.size());
    ++late_expected_;
    const Time when = world_.now() + Duration(world_.random().below(late_within.count()));
    world_.at(when, [this, options] {
      start(add_host(peers_.size()), options);
      --late_expected_;
    });
  }

  bool everybody_joins() {
    for (std::size_t i = 0; i < scenario_.peers; ++i) add_peer(i);
    // Whoever has joined stays joined, so each is looked at once.
    const auto all_joined = [this] {
      tell_progress();
      while (joined_ < peers_.size() && peers_[joined_]->joined()) ++joined_;
      return joined_ == peers_.size();
    };
    const Duration all_come = static_cast<std::int64_t>(scenario_.peers) * scenario_.comes_every;
    const bool joined = world_.run_until(all_joined, world_.now() + all_come + joining_takes);
    if (!joined) findings_.add("liveness", "not everybody had joined 60 s after the last one came");
    for (std::size_t i = 0; i < peers_.size(); ++i)
      tally_.brings(peers_[i]->values(), weight_of(i));
    if (joined) judge_addresses();
    if (joined && scenario_.claim_places) everybody_finds_a_place();
    return joined;
  }

  // Whoever cannot be dialled has found it out, and nobody else believes it.
  void judge_addresses() {
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      const auto& network = peers_[i]->participant().network();
      const bool told = !network.self().addresses.empty();
      if (told != is_outbound_only(i)) continue;
      findings_.add("addresses", fmt::format("peer {} {}", i,
                                             told ? "cannot be dialled and does not know"
                                                  : "can be dialled and believes that it cannot"));
    }
  }

  // As a user waits until the grid is filled, before the first step.
  void everybody_finds_a_place() {
    std::size_t first_without = 0;
    const auto all_placed = [&] {
      tell_progress();
      // Whoever has a place may lose it to another, so all are looked at before the end.
      for (std::size_t looked_at = 0; looked_at < peers_.size(); ++looked_at) {
        if (!peers_[first_without]->placed()) return false;
        first_without = (first_without + 1) % peers_.size();
      }
      return true;
    };
    world_.run_until(all_placed, world_.now() + placing_takes);
  }

  bool gone(std::size_t peer) const {
    return misfortunes_->kills(peer) || (failpoints_ && failpoints_->kills(peer));
  }

  bool is_done(std::size_t peer) const { return !misfortunes_->away(peer) && peers_[peer]->done(); }

  // Without faults nobody is lost and nobody comes too late.
  void judge_efficiency() {
    const std::size_t losses = judge_.counters().rounds_with_loss;
    if (losses == 0 || !faultless()) return;
    findings_.add("efficiency",
                  fmt::format("{} rounds lost a peer, and nothing was wrong; the first lost {}",
                              losses, tally_.first_loss()));
  }

  // A full grid without faults is exact after d rounds, if somebody under each key accepts
  // connections.
  void judge_exactness() {
    const std::size_t keys = scenario_.grid.places() / scenario_.grid.side();
    const bool led = scenario_.peers - scenario_.outbound_only >= keys;
    if (!faultless() || !led || scenario_.peers != scenario_.grid.places()) return;
    const std::size_t last = scenario_.grid.dimensions();
    const auto& rows = tally_.rows();
    const double error = last < rows.size() ? rows[last].max_error : rows.back().max_error;
    if (!(error <= exact + rounding_of_step()))
      findings_.add("exact", fmt::format("off the mean of all by {} after d rounds", error));
  }

  // Contributions and means of each round, of values that are drawn within a few units.
  double rounding_of_step() const {
    constexpr float largest = 8;
    return 2 * scenario_.grid.dimensions() * encoding_error(codec_, largest, largest);
  }

  // Whoever accepts no connections is in a group as well.
  void judge_company() {
    if (grouped() >= scenario_.grouped) return;
    findings_.add("company", fmt::format("{} of {} rounds of the peers were with nobody else",
                                         rounds_alone_, rounds_ended_));
  }

  double grouped() const {
    if (rounds_ended_ == 0) return 1;
    return 1 - static_cast<double>(rounds_alone_) / static_cast<double>(rounds_ended_);
  }

  void average() {
    const auto all_done = [this] {
      tell_progress();
      while (done_ < peers_.size() && (gone(done_) || is_done(done_))) ++done_;
      return done_ == peers_.size() && late_expected_ == 0 && misfortunes_->all_are_back();
    };
    const Time deadline = world_.now() + static_cast<std::int64_t>(scenario_.steps) * step_takes;
    world_.run_until(all_done, deadline);
    misfortunes_->end_restarts();
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (!gone(i)) judge_end(i);
    }
  }

  void judge_end(std::size_t index) {
    SwarmPeer& peer = *peers_[index];
    peer.leave();
    if (!peer.done()) {
      findings_.add("liveness", fmt::format("peer {} did {} of {} steps: {}", index,
                                            peer.steps_done(), scenario_.steps, peer.explain()));
    }
    // Where the network was parted the aftermath judges that.
    const bool heard = !scenario_.faults.part();
    if (heard && peer.came_late() && peer.rounds_averaged() == 0) {
      findings_.add("liveness",
                    fmt::format("late peer {} met nobody in {} steps", index, peer.steps_done()));
    }
  }

  // Misfortunes heal by themselves.
  std::uint64_t judge_aftermath() {
    std::vector<Survivor> survivors;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (gone(i)) continue;
      const bool honest = i >= scenario_.peers || poison_of(i) == Poison::none;
      survivors.push_back({i, &world_.host(i), peers_[i], &gates_[i], honest});
    }
    const Time healed = world_.now() + (scenario_.faultless() ? Duration{0} : healing_takes);
    const Grid grid = grid_of(survivors.size());
    Aftermath aftermath(world_, judge_, findings_, std::move(survivors), codec_);
    aftermath.judge(grid, [this, healed] {
      return world_.now() >= healed && !(failpoints_ && !failpoints_->over());
    });
    return aftermath.steps_to_agree();
  }

  // On which so many peers come to be.
  Grid grid_of(std::size_t peers) const {
    if (scenario_.largest_group == 0) return scenario_.grid;
    return Grid::fitting(peers, static_cast<std::uint32_t>(scenario_.largest_group));
  }

  // With local work the values of later steps have left the mean that they began with.
  void note(const RoundReport& report, const WeightedVector& vector) {
    ++rounds_ended_;
    if (report.members.empty()) ++rounds_alone_;
    if (!scenario_.local_work || report.time.step == 1) tally_.ended(report, vector);
  }

  void tell_progress() {
    if (!progress_ || world_.events() < progress_told_ + progress_every) return;
    progress_told_ = world_.events();
    progress_({joined_, rounds_ended_, world_.now()});
  }

  double bytes_per_peer() const {
    double bytes = 0;
    std::size_t alive = 0;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      if (misfortunes_ && gone(i)) continue;
      bytes += static_cast<double>(peers_[i]->bytes_sent());
      ++alive;
    }
    return bytes / static_cast<double>(alive);
  }

  const Scenario& scenario_;
  Failpoints* failpoints_;
  RunId run_;
  Findings findings_;
  std::deque<Gate> gates_;  // one a peer, if there are any; they outlive the peers' links
  World world_;
  Codec codec_;
  RoundJudge judge_;
  RoundTally tally_;
  ProgressObserver progress_;
  std::uint64_t progress_told_ = 0;  // after so many events
  std::function<void(const PeerId&)> arrivals_;
  Offered offered_;
  // Owned by their hosts. Those that are gone() or away are not looked at.
  std::vector<SwarmPeer*> peers_;
  std::optional<Misfortunes> misfortunes_;  // once everybody has joined
  std::size_t late_expected_ = 0;
  std::size_t joined_ = 0;
  std::size_t done_ = 0;  // so many of the first have taken their steps
  std::size_t rounds_ended_ = 0;
  std::size_t rounds_alone_ = 0;
};

}  // namespace

ScenarioOutcome run_scenario(const Scenario& scenario, std::uint64_t seed, Onlookers onlookers,
                             Failpoints* failpoints, std::optional<std::size_t> threads) {
  const bool in_windows =
      scenario.faultless() && failpoints == nullptr && scenario.network.latency_min > Duration{0};
  if (!in_windows) threads.reset();
  if (threads && onlookers.frames) threads = 1;
  return Run(scenario, seed, std::move(onlookers), failpoints, threads).outcome();
}

}  // namespace moshpit::sim
