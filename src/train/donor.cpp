#include "train/donor.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A newcomer that asked for nothing more in this time is through or gone.
constexpr Duration download_pause = 10s;

// The newest, and those of newcomers that came at two steps before: each is as large as the model.
constexpr std::size_t states_kept = 3;

// A piece is copied into the queue of a link when so little waits there: the link does not rest,
// and a peer that reads slowly does not make this one hold its pieces.
constexpr std::size_t queued_at_most = state_piece_bytes;

// No newcomer waits for a piece for longer: its link is dead by then (net/pulse.hpp), or so slow
// that another donor serves it.
constexpr Duration longest_queue = 60s;

// Who stands as donor is asked what it has at the moment, so a record may be old. In a large run
// about so many stand, each time others, as drawn by lot: the next newcomer misses nobody, and
// those who hold the key are not asked by everybody.
constexpr Duration record_lives = 50s;
constexpr Duration record_renewed = 20s;
constexpr std::size_t enough_records = 64;

}  // namespace

Donor::Donor(Network& network, Directory& directory, DirectoryKey key)
    : network_(network),
      directory_(directory),
      key_(key),
      offers_something_(network.loop()),
      tasks_(network.loop()) {
  network_.serve(Protocol::train, *this);
  tasks_.spawn(announce());
}

Donor::~Donor() { network_.stop_serving(Protocol::train); }

void Donor::offer(std::uint64_t step, HashedState state) {
  const Digest name = name_of_state(step, state.elements(), state.digests());
  const StateOffer offer{step, state.elements(), name};
  std::erase_if(states_, [&](const State& one) { return one.offer == offer; });
  states_.push_back(State{offer, std::move(state), Time{}});
  let_go();
  offers_something_.set();
}

// Of the states before the newest.
void Donor::let_go() {
  const Time now = network_.loop().now();
  const State& newest = states_.back();
  std::erase_if(states_, [&](const State& one) {
    const bool unused = one.last_asked == Time{} || now - one.last_asked > download_pause;
    return &one != &newest && unused;
  });
  while (states_.size() > states_kept) {
    const auto least = std::min_element(
        states_.begin(), states_.end() - 1,
        [](const State& a, const State& b) { return a.last_asked < b.last_asked; });
    states_.erase(least);
  }
}

// The first record as soon as there is something to give. It says which state that was; whoever
// comes asks for the newest.
Task<> Donor::announce() {
  co_await offers_something_.wait();  // no deadline: a peer may never offer anything
  while (true) {
    if (network_.loop().random().below(directory_.estimated_peers()) < enough_records) {
      Bytes value = encode(states_.back().offer);
      co_await directory_.publish(key_, std::move(value), record_lives);
    }
    co_await network_.loop().sleep_for(record_renewed);
  }
}

Task<Bytes> Donor::answer(Contact from, Bytes question) {
  const auto asked = decode_train_question(question);
  if (!asked) co_return Bytes();
  if (const auto* whole = std::get_if<ManifestQuestion>(&*asked)) co_return manifest(*whole);
  if (std::holds_alternative<OffersQuestion>(*asked)) co_return offers();
  const auto* part = std::get_if<PieceQuestion>(&*asked);
  if (!part) co_return plan_ ? encode(plan_()) : Bytes();
  const PieceQuestion wanted = *part;
  auto bytes = co_await piece(from.id, wanted);
  co_return std::move(bytes);
}

// Whoever asks may be about to download the newest.
Bytes Donor::offers() {
  if (states_.empty()) return {};
  states_.back().last_asked = network_.loop().now();
  StateOffers all;
  for (const State& state : states_) all.push_back(state.offer);
  return encode(all);
}

Bytes Donor::manifest(const ManifestQuestion& question) {
  const State* state = find(question.state);
  return state ? encode(StateManifest{state->content.digests()}) : Bytes();
}

// The state may be let go of while the piece waits.
Task<Bytes> Donor::piece(PeerId to, PieceQuestion question) {
  if (!has(question)) co_return Bytes();
  Loop& loop = network_.loop();
  const double line = line_ ? line_() : 0;
  const Time turn = turn_.reserve(state_piece_bytes, line, loop.now());
  co_await loop.sleep_until(turn);
  const Time limit = loop.now() + longest_queue;
  const bool drained = co_await network_.drained(to, queued_at_most, limit);
  if (!drained || !has(question)) co_return Bytes();
  const State* state = find(question.state);
  co_return encode_piece(question.piece, state->content.piece(question.piece));
}

bool Donor::has(const PieceQuestion& question) {
  const State* state = find(question.state);
  return state && question.piece < state->content.digests().size();
}

Donor::State* Donor::find(const Digest& name) {
  for (State& state : states_) {
    if (state.offer.state != name) continue;
    state.last_asked = network_.loop().now();
    return &state;
  }
  return nullptr;
}

}  // namespace moshpit
