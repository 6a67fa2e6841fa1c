#include "average/surveyor.hpp"

#include <algorithm>
#include <utility>

#include "net/rumour.hpp"

namespace moshpit {
namespace {

// In the first step of a run nobody knows yet how long to wait for whom: some groups stand seconds
// before others, and nothing stood on a roll before.
constexpr std::uint64_t first_look = 2;

// So many peers look after a step, on average: that nobody does happens once in three thousand
// steps.
constexpr double lookers = 8;

// Of those who tell of a shape, so many are asked for it, one after the other.
constexpr std::size_t tellers_asked = 4;
// A roster is longer than what patience was measured with.
constexpr Duration fetching_takes = std::chrono::milliseconds(500);

}  // namespace

Surveyor::Surveyor(Network& network, Directory& directory, RunId run, Grid first,
                   std::uint32_t largest_group, Clock newest_step)
    : network_(network),
      book_(first, largest_group),
      roll_(network, directory, run),
      newest_step_(std::move(newest_step)),
      tasks_(network.loop()) {
  network_.serve(Protocol::shape, *this);
}

Surveyor::~Surveyor() { network_.stop_serving(Protocol::shape); }

void Surveyor::learn(const std::vector<Shape>& shapes) {
  for (const Shape& shape : shapes) take(shape);
}

void Surveyor::take(Shape shape) {
  if (!book_.learn(std::move(shape), newest_step_())) return;
  spread();
  if (changed_) changed_();
}

// --- counting ---

void Surveyor::step_begins() {
  step_began_ = network_.loop().now();
  if (book_.follows()) spread();
}

void Surveyor::first_round(std::uint64_t step, const Group* group, Duration record_lives) {
  if (book_.follows()) roll_.enter(page(step), group, record_lives);
}

void Surveyor::step_ended(std::uint64_t step, Duration settling, double there) {
  if (!book_.follows() || step < first_look) return;
  const bool chosen = network_.loop().random().chance(lookers / std::max(there, 1.0));
  if (chosen) tasks_.spawn(look(step, step_began_, settling));
}

Task<> Surveyor::look(std::uint64_t step, Time began, Duration settling) {
  co_await network_.loop().sleep_for(settling);
  // A newcomer may wait for longer than the records live, and would count the few that are left.
  const std::uint64_t later_steps = std::max(newest_step_(), step) - step;
  if (Roll::may_be_gone(network_.loop().now() - began, later_steps)) co_return;
  std::vector<Roll::Page> pages;
  for (std::uint64_t back = 0; back < std::min<std::uint64_t>(step, Roll::steps_counted); ++back) {
    pages.push_back(page(step - back));
  }
  auto present = co_await roll_.present(std::move(pages));
  if (present.empty()) co_return;
  auto proposal = book_.proposal(std::move(present), newest_step_());
  if (proposal) take(*std::move(proposal));
}

// --- telling ---

void Surveyor::spread() {
  for (const Contact& other : whom_to_tell(network_)) tell(other.id);
}

void Surveyor::tell(const PeerId& peer) {
  network_.tell(peer, Protocol::shape, encode(book_.note()), Priority::control);
}

void Surveyor::hear(const PeerId& from, Bytes message) {
  const auto note = decode_shape_note(message);
  if (!note || !book_.follows() || *note == book_.note()) return;
  if (!book_.is_behind(*note)) return tell(from);
  if (!ShapeBook::can_be_meant(*note, newest_step_())) return;
  std::vector<PeerId>& tellers = tellers_[note->digest];
  if (tellers.size() == tellers_asked) return;
  tellers.push_back(from);
  if (tellers.size() == 1) tasks_.spawn(fetch(note->digest));
}

// From the first who told of it, or from the next if that one does not have it to give.
Task<> Surveyor::fetch(Digest digest) {
  for (std::size_t next = 0; next < tellers_[digest].size(); ++next) {
    const PeerId teller = tellers_[digest][next];
    const bool fetched = co_await fetch_from(teller, digest);
    if (fetched) break;
  }
  tellers_.erase(digest);
}

Task<bool> Surveyor::fetch_from(PeerId teller, Digest digest) {
  const Duration patience = std::max(network_.patience(teller), fetching_takes);
  const Time deadline = network_.loop().now() + patience;
  const Contact contact{teller, {}};  // over the link on which the note came
  Bytes question = encode(ShapeQuestion{digest});
  auto answer = co_await network_.ask(contact, Protocol::shape, std::move(question), deadline);
  auto shape = answer ? decode_shape(*answer) : std::nullopt;
  if (!shape || shape->digest() != digest) co_return false;
  take(*std::move(shape));
  co_return true;
}

Task<Bytes> Surveyor::answer(Contact, Bytes question) {
  const auto asked = decode_shape_question(question);
  const auto shape = asked ? book_.find(asked->digest) : nullptr;
  co_return shape ? encode(*shape) : Bytes();
}

void Surveyor::disconnected(const PeerId& peer, LinkEnd) { roll_.lost(peer); }

}  // namespace moshpit
