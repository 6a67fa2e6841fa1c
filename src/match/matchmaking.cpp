#include "match/matchmaking.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.hpp"
#include "loop/event.hpp"
#include "loop/task_group.hpp"
#include "match/early_questions.hpp"
#include "match/matchmaker.hpp"
#include "net/rumour.hpp"
#include "wire/match_messages.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A machine that trains on all its cores may not run for a while. Whoever is given up for that
// costs everybody a group.
constexpr Duration least_patience = 300ms;

// Steps by which the run may be ahead of a peer that was asleep: a fortnight of steps of a second.
// A larger number is garbage, and would end every run if it spread.
constexpr std::uint64_t furthest_jump = 1'000'000;

}  // namespace

// The pure machine of the current search, or of the last one, which still answers for it.
class Matchmaking::State {
 public:
  State(Network& network, RunId run)
      : network_(network),
        run_(run),
        changed_(network.loop()),
        clock_moved_(network.loop()),
        conversations_(network.loop()) {}
  ~State();

  void begin(const Search& search, Scope& scope);
  void end();
  // Lets the machine decide and carries out what it wants. True if the search is over.
  bool proceed();
  Event::Wait wait();
  std::optional<Group> group() const;

  void suggest(const DirectoryKey& key, const Contact& peer);
  void left(const DirectoryKey& key, const PeerId& peer);
  void informed(const DirectoryKey& key);
  std::string explain() const;
  const RoundTime& newest_seen() const { return newest_seen_; }
  void step_begins(std::uint64_t step) { note_clock(RoundTime{step, 0}); }
  void learn_clock(std::uint64_t step) { newest_seen_.step = std::max(newest_seen_.step, step); }
  Event::Wait wait_for_clock(Time deadline);
  void when_declined(std::function<void(const RoundId&, const PeerId&)> listener);

  MatchAnswer answer(const Contact& from, const MatchQuestion& question);
  void hear(const PeerId& from, const Assembled& assembled);
  void hear(const PeerId& from, const Withdrawal& withdrawal);
  void hear(const PeerId& from, const Redirection& redirection);
  void hear(const PeerId& from, const Declined& declined);
  void hear(const PeerId& from, const StepBegun& begun);
  void disconnected(const PeerId& peer);
  std::size_t early_questions() const { return early_.size(); }

 private:
  Time now() const { return network_.loop().now(); }
  bool searches(const DirectoryKey& key) const {
    return maker_ && maker_->search().key == key && !maker_->over();
  }
  MatchAnswer answer_for_key(const Contact& from, const MatchQuestion& question);
  MatchAnswer answer_for_another_key(const Contact& from, const MatchQuestion& question);
  void note_clock(RoundTime time);
  void hear_clock(RoundTime time);
  void spread(std::uint64_t step);

  void carry_out_all();
  void carry_out(const MatchAction& action);
  void tell(const PeerId& to, const MatchNote& note);
  Task<> ask(Contact to, MatchQuestion question);
  void conclude(const PeerId& peer, const MatchQuestion& question,
                const std::optional<MatchAnswer>& answer);

  Network& network_;
  RunId run_;
  std::optional<Matchmaker> maker_;
  Scope* scope_ = nullptr;  // of the search under way
  EarlyQuestions early_;
  RoundTime newest_seen_;
  std::function<void(const RoundId&, const PeerId&)> declined_;
  Event changed_;
  Event clock_moved_;
  TaskGroup conversations_;
};

// Lives in the frame of find_group(), so that a search whose task is destroyed ends too, whichever
// of the two goes first.
class Matchmaking::Scope {
 public:
  Scope(State& state, const Search& search) : state_(&state) { state.begin(search, *this); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() {
    if (state_) state_->end();
  }
  void detach() { state_ = nullptr; }

 private:
  State* state_;
};

// --- the search ---

Matchmaking::State::~State() {
  if (scope_) scope_->detach();
}

void Matchmaking::State::begin(const Search& search, Scope& scope) {
  MOSHPIT_ASSERT(!scope_);
  scope_ = &scope;
  maker_.emplace(network_.self(), run_, search, now(), network_.loop().random().fork());
  for (const Contact& asker : early_.take(now(), search.key)) maker_->early_candidate(asker);
  if (search.time.step < newest_seen_.step) maker_->hurry(now());
}

void Matchmaking::State::end() {
  maker_->abandon();
  proceed();
  conversations_.cancel();
  scope_ = nullptr;
}

bool Matchmaking::State::proceed() {
  changed_.reset();
  maker_->tick(now());
  carry_out_all();
  return maker_->over();
}

Event::Wait Matchmaking::State::wait() { return changed_.wait_until(maker_->next_deadline()); }

std::optional<Group> Matchmaking::State::group() const {
  if (!maker_->assembled()) return std::nullopt;
  Group group = maker_->assembled()->group;
  const auto self = std::find_if(group.members.begin(), group.members.end(),
                                 [&](const Contact& member) { return member.id == network_.id(); });
  group.self = static_cast<std::size_t>(self - group.members.begin());
  return group;
}

void Matchmaking::State::suggest(const DirectoryKey& key, const Contact& peer) {
  if (!searches(key)) return;
  maker_->candidate(peer);
  changed_.set();
}

void Matchmaking::State::left(const DirectoryKey& key, const PeerId& peer) {
  if (!searches(key)) return;
  maker_->candidate_left(peer);
  changed_.set();
}

void Matchmaking::State::informed(const DirectoryKey& key) {
  if (!searches(key)) return;
  maker_->informed();
  changed_.set();
}

std::string Matchmaking::State::explain() const {
  return maker_ ? maker_->explain(now()) : "not looking for a group";
}

// --- what it wants to say ---

void Matchmaking::State::carry_out_all() {
  for (const MatchAction& action : maker_->take_actions()) carry_out(action);
}

void Matchmaking::State::carry_out(const MatchAction& action) {
  const DirectoryKey& key = maker_->search().key;
  const RoundTime time = maker_->search().time;
  switch (action.kind) {
    case MatchAction::Kind::join:
      return conversations_.spawn(
          ask(action.peer, MatchQuestion{MatchQuestion::Kind::join, key, time, action.number,
                                         maker_->search().bandwidth}));
    case MatchAction::Kind::hail:
      return conversations_.spawn(
          ask(action.peer, MatchQuestion{MatchQuestion::Kind::hail, key, time, 0, 0}));
    case MatchAction::Kind::withdraw:
      return tell(action.peer.id, Withdrawal{key, action.number});
    case MatchAction::Kind::redirect:
      return tell(action.peer.id, Redirection{key, action.number, action.leader});
    case MatchAction::Kind::assembled:
      return tell(action.peer.id, *maker_->assembled());
  }
}

// Without a link the other side has seen it close, and draws the same conclusion as from the note.
void Matchmaking::State::tell(const PeerId& to, const MatchNote& note) {
  network_.tell(to, Protocol::match, encode(note), Priority::control);
}

Task<> Matchmaking::State::ask(Contact to, MatchQuestion question) {
  const Duration round_trip = network_.round_trip(to.id).value_or(Duration{0});
  Duration patience = std::max(network_.patience(to.id), least_patience + 2 * round_trip);
  if (!network_.connected(to.id)) patience *= 2;  // for the dial
  const Time deadline = now() + patience;
  const Bytes bytes = encode(question);
  auto reply = co_await network_.ask(to, Protocol::match, bytes, deadline);
  std::optional<MatchAnswer> answer;
  if (reply) answer = decode_match_answer(*reply);
  conclude(to.id, question, answer);
}

void Matchmaking::State::conclude(const PeerId& peer, const MatchQuestion& question,
                                  const std::optional<MatchAnswer>& answer) {
  if (answer) hear_clock(answer->newest);
  const bool hail = question.kind == MatchQuestion::Kind::hail;
  if (hail && answer) maker_->hail_answered(peer, *answer);
  if (hail && !answer) maker_->hail_failed(peer);
  if (!hail && answer) maker_->answered(now(), peer, question.number, *answer);
  if (!hail && !answer) maker_->unreachable(now(), peer, question.number);
  changed_.set();
}

// --- what others say ---

void Matchmaking::State::note_clock(RoundTime time) {
  if (time <= newest_seen_) return;
  const bool newer_step = time.step > newest_seen_.step;
  newest_seen_ = time;
  if (!newer_step) return;
  clock_moved_.set();
  spread(time.step);
  const bool searching = maker_ && !maker_->over() && maker_->search().time.step < time.step;
  if (!searching) return;
  maker_->hurry(now());
  changed_.set();
}

void Matchmaking::State::hear_clock(RoundTime time) {
  if (time.step < newest_seen_.step + furthest_jump) note_clock(time);
}

void Matchmaking::State::spread(std::uint64_t step) {
  for (const Contact& other : whom_to_tell(network_)) tell(other.id, StepBegun{step});
}

Event::Wait Matchmaking::State::wait_for_clock(Time deadline) {
  clock_moved_.reset();
  return clock_moved_.wait_until(deadline);
}

MatchAnswer Matchmaking::State::answer(const Contact& from, const MatchQuestion& question) {
  hear_clock(question.time);
  const bool mine = maker_ && maker_->search().key == question.key;
  MatchAnswer answer =
      mine ? answer_for_key(from, question) : answer_for_another_key(from, question);
  answer.newest = newest_seen_;
  if (maker_) answer.newest = std::max(newest_seen_, maker_->search().time);
  return answer;
}

MatchAnswer Matchmaking::State::answer_for_key(const Contact& from, const MatchQuestion& question) {
  changed_.set();
  if (question.kind == MatchQuestion::Kind::hail) return maker_->hail(from);
  MatchAnswer answer = maker_->join(now(), from, question.number, question.bandwidth);
  if (!scope_) carry_out_all();  // of a search that is over, which nobody else takes care of
  return answer;
}

MatchAnswer Matchmaking::State::answer_for_another_key(const Contact& from,
                                                       const MatchQuestion& question) {
  MatchAnswer answer;
  const bool past = maker_ && question.time <= maker_->search().time;
  answer.reply = past ? MatchReply::elsewhere : MatchReply::later;
  if (!past) early_.remember(now(), question.key, from);
  return answer;
}

// A group that this peer does not join hears of it from this peer itself, as many members as it has
// links to.
void Matchmaking::State::hear(const PeerId& from, const Assembled& assembled) {
  if (!is_sound(assembled, run_, from, network_.id())) return;
  hear_clock(assembled.group.time);
  if (maker_ && maker_->joins(from, assembled)) return changed_.set();
  for (const Contact& member : assembled.group.members) {
    tell(member.id, Declined{assembled.group.id});
  }
}

void Matchmaking::State::hear(const PeerId& from, const Withdrawal& withdrawal) {
  if (!searches(withdrawal.key)) return;
  maker_->withdrew(from, withdrawal.number);
  changed_.set();
}

void Matchmaking::State::hear(const PeerId& from, const Redirection& redirection) {
  if (!searches(redirection.key)) return;
  maker_->redirected(now(), from, redirection);
  changed_.set();
}

void Matchmaking::State::hear(const PeerId& from, const Declined& declined) {
  if (declined_) declined_(declined.round, from);
}

void Matchmaking::State::hear(const PeerId&, const StepBegun& begun) {
  hear_clock(RoundTime{begun.step, 0});
}

void Matchmaking::State::when_declined(
    std::function<void(const RoundId&, const PeerId&)> listener) {
  declined_ = std::move(listener);
}

void Matchmaking::State::disconnected(const PeerId& peer) {
  if (!maker_ || maker_->over()) return;
  maker_->disconnected(now(), peer);
  changed_.set();
}

// --- the door ---

Matchmaking::Matchmaking(Network& network, RunId run)
    : network_(network), state_(std::make_unique<State>(network, run)) {
  network_.serve(Protocol::match, *this);
}

Matchmaking::~Matchmaking() { network_.stop_serving(Protocol::match); }

Task<std::optional<Group>> Matchmaking::find_group(Search search) {
  Scope scope(*state_, search);
  for (bool over = state_->proceed(); !over; over = state_->proceed()) {
    co_await state_->wait();  // until the machine's next deadline
  }
  co_return state_->group();
}

void Matchmaking::suggest(DirectoryKey key, Contact peer) { state_->suggest(key, peer); }

void Matchmaking::left(DirectoryKey key, const PeerId& peer) { state_->left(key, peer); }

void Matchmaking::informed(DirectoryKey key) { state_->informed(key); }

std::string Matchmaking::explain() const { return state_->explain(); }

std::size_t Matchmaking::early_questions() const { return state_->early_questions(); }

std::uint64_t Matchmaking::newest_step_seen() const { return state_->newest_seen().step; }

void Matchmaking::learn_clock(std::uint64_t step) { state_->learn_clock(step); }

void Matchmaking::step_begins(std::uint64_t step) { state_->step_begins(step); }

Task<> Matchmaking::await_newer_step(std::uint64_t step, Time deadline) {
  Loop& loop = network_.loop();
  while (newest_step_seen() <= step && loop.now() < deadline) {
    co_await state_->wait_for_clock(deadline);
  }
}

void Matchmaking::when_declined(std::function<void(const RoundId&, const PeerId&)> listener) {
  state_->when_declined(std::move(listener));
}

Task<Bytes> Matchmaking::answer(Contact from, Bytes question) {
  Bytes reply;
  const auto decoded = decode_match_question(question);
  if (decoded) reply = encode(state_->answer(from, *decoded));
  co_return reply;
}

void Matchmaking::hear(const PeerId& from, Bytes message) {
  const auto note = decode_match_note(message);
  if (!note) return;
  std::visit([&](const auto& content) { state_->hear(from, content); }, *note);
}

// A link is only given up while neither side waits for the other's answer.
void Matchmaking::disconnected(const PeerId& peer, LinkEnd end) {
  if (end == LinkEnd::lost) state_->disconnected(peer);
}

}  // namespace moshpit
