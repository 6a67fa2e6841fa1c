#include "sim/swarm/changing_swarm.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <span>
#include <utility>

#include "sim/swarm/plain_peer.hpp"
#include "sim/world.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

// Virtual time within which everybody has come and has a place.
constexpr Duration coming_takes = 120s;
// Newcomers come within this.
constexpr Duration come_within = 1s;
// A step with all that is in it.
constexpr Duration step_takes = 60s;
constexpr std::size_t invite_addresses = 5;  // moshpit/invite.hpp

class ChangingSwarm {
 public:
  ChangingSwarm(const ChangingSwarmPlan& plan, std::uint64_t seed)
      : plan_(plan),
        run_{Hasher().add(as_bytes("changing")).add(seed).digest()},
        world_(seed, plan.network, plan.threads) {}

  SizeOutcome go_to(std::size_t size) {
    grow_to(size);
    shrink_to(size);
    for (const Member& member : members_) member.peer->begin();
    take_steps(plan_.steps_to_adapt);
    SizeOutcome outcome = look_at_grids();
    outcome.rounds = count_rounds();
    outcome.error = error_;
    return outcome;
  }

 private:
  struct Member {
    Host* host;
    PlainPeer* peer;  // owned by the host
  };
  struct Sum {
    double squares = 0;
    std::size_t peers = 0;
  };

  void grow_to(std::size_t size) {
    const std::size_t before = members_.size();
    const std::vector<Address> entrance = some_addresses();
    while (members_.size() < size) add_peer(before == 0, entrance);
    const auto settled = [this] {
      return std::ranges::all_of(members_, [](const Member& one) { return one.peer->has_place(); });
    };
    if (size > before) world_.run_until(settled, world_.now() + coming_takes);
  }

  // Of members, as an invite has them; when the run begins, of its founder.
  std::vector<Address> some_addresses() {
    std::vector<Address> addresses;
    for (std::size_t i = 0; i < std::min(members_.size(), invite_addresses); ++i) {
      addresses.push_back(members_[world_.random().below(members_.size())].host->address());
    }
    return addresses;
  }

  void add_peer(bool first_of_run, const std::vector<Address>& entrance) {
    Host& host = world_.add_host();
    PlainPeerOptions options;
    options.membership = {run_, to_bytes("the secret of the run"), false};
    options.plan.grid = Grid::fitting(plan_.sizes.front(), plan_.largest_group);
    options.plan.largest_group = plan_.largest_group;
    options.plan.model = "none";
    options.plan.elements = plan_.elements;
    options.between_steps = plan_.between_steps;
    options.on_round_ended = [this](const RoundReport& report, const WeightedVector& vector) {
      note(report, vector);
    };
    options.entrance = entrance;
    const bool founder = first_of_run && members_.empty();
    if (!founder && entrance.empty()) options.entrance = {members_.front().host->address()};
    if (!founder) options.comes_after = Duration(world_.random().below(come_within.count()));
    PlainPeer& peer = host.start<PlainPeer>(host, std::move(options), normal_values());
    members_.push_back({&host, &peer});
  }

  void shrink_to(std::size_t size) {
    world_.random().shuffle(std::span(members_));
    std::vector<Member> going(
        members_.begin() + static_cast<std::ptrdiff_t>(std::min(size, members_.size())),
        members_.end());
    members_.resize(std::min(size, members_.size()));
    for (const Member& member : going) {
      if (!plan_.killed) member.peer->leave();
    }
    const auto gone = [&] {
      return std::ranges::all_of(going, [](const Member& one) { return one.peer->has_left(); });
    };
    if (!plan_.killed) world_.run_until(gone, world_.now() + coming_takes);
    for (const Member& member : going) member.host->crash();
  }

  // Until everybody has begun so many steps more, and rests again.
  void take_steps(std::uint64_t steps) {
    const std::uint64_t target = newest_step() + steps;
    const auto rested = [&] {
      return std::ranges::all_of(members_, [&](const Member& one) {
        return one.peer->resting() && one.peer->steps_begun() >= target;
      });
    };
    world_.run_until(rested, world_.now() + static_cast<std::int64_t>(steps) * step_takes);
  }

  std::uint64_t newest_step() const {
    std::uint64_t newest = 0;
    for (const Member& member : members_) newest = std::max(newest, member.peer->steps_begun());
    return newest;
  }

  SizeOutcome look_at_grids() const {
    std::map<std::string, std::size_t> counts;
    for (const Member& member : members_) {
      if (member.peer->has_joined()) ++counts[member.peer->grid().text()];
    }
    const auto most =
        std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
    return {members_.size(), Grid::parse(most->first).value(), most->second, 0, 0};
  }

  std::uint32_t count_rounds() {
    start_from_normal();
    // A step has at least a round, unless nobody begins it any more.
    const std::uint32_t most = plan_.rounds_max;
    for (std::uint32_t step = 0; step < most && rounds_.size() < most && !reached_; ++step) {
      take_steps(1);
    }
    return reached_.value_or(plan_.rounds_max);
  }

  void start_from_normal() {
    mean_.assign(plan_.elements, 0.0);
    for (const Member& member : members_) {
      auto values = normal_values();
      for (std::size_t i = 0; i < values.size(); ++i) {
        mean_[i] += static_cast<double>(values[i]) / static_cast<double>(members_.size());
      }
      member.peer->replace(std::move(values));
    }
    rounds_.clear();
    reached_.reset();
  }

  // Rounds end at different times on different peers; the error after one is known when the last
  // peer has ended it.
  void note(const RoundReport& report, const WeightedVector& vector) {
    if (mean_.empty()) return;
    Sum& sum = rounds_[report.time];
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double off = static_cast<double>(vector.values[i]) - mean_[i];
      sum.squares += off * off / static_cast<double>(mean_.size());
    }
    if (++sum.peers < members_.size() || reached_) return;
    const auto number = static_cast<std::uint32_t>(
        std::distance(rounds_.begin(), rounds_.upper_bound(report.time)));
    error_ = sum.squares / static_cast<double>(sum.peers);
    if (error_ <= plan_.target) reached_ = number;
  }

  std::vector<float> normal_values() {
    std::vector<float> values(plan_.elements);
    for (float& value : values) value = static_cast<float>(world_.random().normal());
    return values;
  }

  const ChangingSwarmPlan& plan_;
  RunId run_;
  World world_;
  std::vector<Member> members_;
  std::vector<double> mean_;         // of what all began with
  std::map<RoundTime, Sum> rounds_;  // since then
  std::optional<std::uint32_t> reached_;
  double error_ = 0;
};

}  // namespace

Result<void> check(const ChangingSwarmPlan& plan) {
  const bool sizes_sound =
      !plan.sizes.empty() &&
      std::ranges::all_of(plan.sizes, [](std::size_t size) { return size >= 2 && size <= 10'000; });
  if (!sizes_sound) {
    return Error(ErrorCode::invalid_argument,
                 "A changing swarm has 2 to 10,000 peers at each size.");
  }
  if (plan.largest_group < 2 || plan.largest_group > following_group_limit) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("The largest group of a grid that follows the peers is 2 to {}.",
                             following_group_limit));
  }
  if (plan.network.latency_min <= Duration{0}) {
    return Error(ErrorCode::invalid_argument, "A changing swarm needs a network with a latency.");
  }
  return {};
}

std::vector<SizeOutcome> run_changing_swarm(const ChangingSwarmPlan& plan, std::uint64_t seed,
                                            const std::function<bool(const SizeOutcome&)>& done) {
  ChangingSwarm swarm(plan, seed);
  std::vector<SizeOutcome> outcomes;
  for (const std::size_t size : plan.sizes) {
    outcomes.push_back(swarm.go_to(size));
    if (!done(outcomes.back())) break;
  }
  return outcomes;
}

}  // namespace moshpit::sim
