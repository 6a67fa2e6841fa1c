#include "reduce/all_reduce.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/assert.hpp"
#include "loop/event.hpp"
#include "loop/task_group.hpp"
#include "moshpit/peer.hpp"
#include "reduce/early_frames.hpp"
#include "reduce/partition.hpp"
#include "reduce/round.hpp"
#include "reduce/shares.hpp"
#include "wire/chunk.hpp"
#include "wire/reduce_messages.hpp"

namespace moshpit {
namespace {

// Late frames of so many rounds are told from early ones. A step has a few rounds, and a frame is
// never late by a minute.
constexpr std::size_t remembered_rounds = 64;
// Of finished rounds that others may still ask about.
constexpr std::size_t most_finished_bytes = 32u << 20;

}  // namespace

class AllReduce::State {
 public:
  State(Network& network, double weight_limit, Codec codec)
      : network_(network),
        weight_limit_(weight_limit),
        codec_(codec),
        early_came_(network.loop()),
        tasks_(network.loop()) {
    MOSHPIT_ASSERT(weight_limit > 0 && weight_limit <= largest_weight_limit);
    tasks_.spawn(forget_early());
  }

  void use(Codec codec) { codec_ = codec; }
  RoundLimits limits(const Group& group, std::size_t elements) const;
  Task<RoundReport> reduce(Group group, WeightedVector& vector, RoundLimits limits);
  void hear(const PeerId& from, Bytes message);
  std::size_t early_frames() const { return early_.count(); }
  double bandwidth() const { return bandwidth_.bytes_per_second(); }
  void disconnected(const PeerId& peer) {
    if (current_ != nullptr) current_->disconnected(peer);
    for (const auto& round : finished_rounds_) round->disconnected(peer);
  }
  void declined(const RoundId& round, const PeerId& member) {
    if (current_ != nullptr && current_->id() == round) current_->declined(member);
  }

 private:
  // Makes a round the one that hears, for as long as the coroutine lives that runs it.
  class Running {
   public:
    Running(State& state, Round& round) : state_(state) {
      MOSHPIT_ASSERT(state_.current_ == nullptr);
      state_.current_ = &round;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { state_.finish(); }

   private:
    State& state_;
  };

  RoundPlan plan(const Group& group, RoundLimits limits) const;
  void replay_early(Round& round);
  Task<> forget_early();
  void go_on_answering(std::unique_ptr<Round> round);
  Task<> let_go(RoundId id, Time deadline);
  Round* finished_round(const RoundId& id) const;
  void decline(const PeerId& to, ByteView message);
  bool is_finished(const RoundId& id) const;
  void finish();

  Network& network_;
  double weight_limit_;
  Codec codec_;
  Goodput goodput_;
  MeasuredBandwidth bandwidth_;
  EarlyFrames early_;
  Event early_came_;
  std::deque<RoundId> finished_;
  Round* current_ = nullptr;
  // Until they answer no more: others may need what they hold.
  std::deque<std::unique_ptr<Round>> finished_rounds_;
  TaskGroup tasks_;
};

RoundLimits AllReduce::State::limits(const Group& group, std::size_t elements) const {
  RoundMeasurements measured;
  measured.members = group.size();
  measured.elements = elements;
  measured.goodput = goodput_.bytes_per_second();
  const auto shares = shares_of(group);
  measured.claimed = seconds_a_byte(group, shares);
  measured.largest_share = std::ranges::max(shares);
  measured.bulk_weight = network_.bulk_weight();
  for (const Contact& member : group.members) {
    if (member.id == network_.id()) continue;
    measured.patience = std::max(measured.patience, network_.patience(member.id));
  }
  return round_limits(measured);
}

RoundPlan AllReduce::State::plan(const Group& group, RoundLimits limits) const {
  RoundPlan plan;
  plan.id = group.id;
  plan.self = group.self;
  plan.limits = limits;
  plan.weight_limit = weight_limit_;
  plan.codec = codec_;
  for (const Contact& member : group.members) plan.owners.push_back(!member.addresses.empty());
  plan.shares = shares_of(group);
  return plan;
}

Task<RoundReport> AllReduce::State::reduce(Group group, WeightedVector& vector,
                                           RoundLimits limits) {
  auto round = std::make_unique<Round>(network_, group, plan(group, limits), vector);
  Running running(*this, *round);
  replay_early(*round);
  co_await round->run();
  round->assign(vector);
  RoundReport report = round->report();
  const std::uint64_t moved = std::max(report.bytes_sent, report.bytes_received);
  goodput_.learn(round->on_the_wire(moved), report.reducing);
  bandwidth_.learn(round->up(), round->down());
  if (round->reducer().finished()) go_on_answering(std::move(round));
  co_return report;
}

// The last one always; each holds as much as its vector.
void AllReduce::State::go_on_answering(std::unique_ptr<Round> round) {
  tasks_.spawn(let_go(round->id(), round->answers_until()));
  const std::size_t at_most = std::max<std::size_t>(1, most_finished_bytes / round->bytes());
  finished_rounds_.push_back(std::move(round));
  while (finished_rounds_.size() > at_most) finished_rounds_.pop_front();
}

Task<> AllReduce::State::let_go(RoundId id, Time deadline) {
  co_await network_.loop().sleep_until(deadline);
  std::erase_if(finished_rounds_, [&](const auto& round) { return round->id() == id; });
}

Round* AllReduce::State::finished_round(const RoundId& id) const {
  const auto found =
      std::ranges::find_if(finished_rounds_, [&](const auto& round) { return round->id() == id; });
  return found == finished_rounds_.end() ? nullptr : found->get();
}

void AllReduce::State::replay_early(Round& round) {
  for (EarlyFrames::Frame& frame : early_.take(round.id(), network_.loop().now())) {
    round.hear(frame.from, std::move(frame.bytes));
  }
}

// A frame that is no chunk at all is shown to the current round, which names its sender.
void AllReduce::State::hear(const PeerId& from, Bytes message) {
  const auto round = round_of(message);
  const bool running = current_ != nullptr;
  if (running && (!round || *round == current_->id())) {
    return current_->hear(from, std::move(message));
  }
  if (!round) return;
  if (Round* finished = finished_round(*round)) return finished->hear(from, std::move(message));
  if (is_finished(*round)) return decline(from, message);
  early_.keep(from, *round, std::move(message), network_.loop().now());
  early_came_.set();
}

// Who takes stock of a round that this peer has let go of is not to wait for its answer.
void AllReduce::State::decline(const PeerId& to, ByteView message) {
  const auto note = decode_reduce_note(message, std::nullopt);
  if (!note || !std::holds_alternative<TakeStock>(note->content)) return;
  const Bytes answer = encode(ReduceNote{note->round, note->ballot, LeftOut{}});
  network_.tell(to, Protocol::reduce, answer, Priority::control);
}

// A peer that rests hears nothing more, and would keep for ever what came last.
Task<> AllReduce::State::forget_early() {
  Loop& loop = network_.loop();
  while (true) {
    co_await early_came_.wait();  // no deadline: others are early or they are not
    early_came_.reset();
    for (auto oldest = early_.forgets_at(); oldest; oldest = early_.forgets_at()) {
      co_await loop.sleep_until(*oldest);
      early_.forget_old(loop.now());
    }
  }
}

bool AllReduce::State::is_finished(const RoundId& id) const {
  return std::find(finished_.begin(), finished_.end(), id) != finished_.end();
}

void AllReduce::State::finish() {
  finished_.push_back(current_->id());
  if (finished_.size() > remembered_rounds) finished_.pop_front();
  current_ = nullptr;
}

AllReduce::AllReduce(Network& network, double weight_limit, Codec codec)
    : network_(network), state_(std::make_unique<State>(network, weight_limit, codec)) {
  network_.serve(Protocol::reduce, *this);
}

AllReduce::~AllReduce() { network_.stop_serving(Protocol::reduce); }

void AllReduce::use(Codec codec) { state_->use(codec); }

RoundLimits AllReduce::limits(const Group& group, std::size_t elements) const {
  return state_->limits(group, elements);
}

Task<RoundReport> AllReduce::reduce(Group group, WeightedVector& vector, RoundLimits limits) {
  return state_->reduce(std::move(group), vector, limits);
}

void AllReduce::declined(const RoundId& round, const PeerId& member) {
  state_->declined(round, member);
}

double AllReduce::bandwidth() const { return state_->bandwidth(); }

std::size_t AllReduce::early_frames() const { return state_->early_frames(); }

// There is nothing to ask: chunks are one-way.
Task<Bytes> AllReduce::answer(Contact, Bytes) {
  Bytes nothing;
  co_return nothing;
}

void AllReduce::hear(const PeerId& from, Bytes message) { state_->hear(from, std::move(message)); }

// A link that was given up is dialled again: the other side did not know of this round yet.
void AllReduce::disconnected(const PeerId& peer, LinkEnd end) {
  if (end == LinkEnd::lost) state_->disconnected(peer);
}

}  // namespace moshpit
