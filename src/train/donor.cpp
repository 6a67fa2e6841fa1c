#include "train/donor.hpp"

#include <algorithm>
#include <span>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// One piece: large enough that the question costs nothing, small enough to share the link with a
// round (1 MiB).
constexpr std::uint64_t piece_elements = 256 * 1024;

// A newcomer that asked for nothing more in this time is through or gone.
constexpr Duration download_pause = 10s;

}  // namespace

Donor::Donor(Network& network) : network_(network) { network_.serve(Protocol::train, *this); }
Donor::~Donor() { network_.stop_serving(Protocol::train); }

void Donor::offer(std::uint64_t step, std::vector<float> parameters) {
  const Time now = network_.loop().now();
  const auto unused = [now](const State& state) {
    return state.last_asked == Time{} || now - state.last_asked > download_pause;
  };
  std::erase_if(states_, unused);
  State state{step, std::move(parameters), {}, Time{}};
  state.digest = sha256(std::as_bytes(std::span(state.parameters)));
  states_.push_back(std::move(state));
}

Task<Bytes> Donor::answer(Contact, Bytes question) {
  const auto asked = decode_train_question(question);
  if (!asked) co_return Bytes();
  if (const auto* state = std::get_if<StateQuestion>(&*asked)) co_return piece(*state);
  if (!plan_) co_return Bytes();
  co_return encode(plan_());
}

Bytes Donor::piece(const StateQuestion& question) {
  State* state = find(question);
  if (!state || question.offset >= state->parameters.size()) return {};
  state->last_asked = network_.loop().now();
  const auto rest = std::span(state->parameters).subspan(question.offset);
  const auto values = rest.first(std::min<std::size_t>(rest.size(), piece_elements));
  return encode(StatePiece{state->digest,
                           state->step,
                           state->parameters.size(),
                           question.offset,
                           {values.begin(), values.end()}});
}

Donor::State* Donor::find(const StateQuestion& question) {
  if (states_.empty()) return nullptr;
  if (!question.digest) return &states_.back();
  for (State& state : states_) {
    if (state.digest == *question.digest) return &state;
  }
  return nullptr;
}

}  // namespace moshpit
