#include "train/download.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "train/hashed_state.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Questions ahead of a donor: more than a round trip to anywhere, so that its line does not rest,
// and little to ask again when it is lost.
constexpr Duration asked_ahead = 500ms;
// Before it is measured: the second question waits while the first is answered.
constexpr std::size_t first_window = 2;
// 4 MiB: of 256 MiB less than a fiftieth, should a donor send all of it wrong or too late.
constexpr std::size_t largest_window = 16;
// Of the newest piece in what a piece usually takes.
constexpr int smoothing = 4;
// A donor that begins to average gives a sixteenth of its line (turn.hpp), and that is no silence;
// of one that is dead its link tells sooner (net/pulse.hpp). TCP repairs two lost packets in a row
// within 3 s, and one within 1 s.
constexpr int silent_after_pieces = 20;
constexpr Duration shortest_patience = 1s;
constexpr Duration first_patience = 3s;
// Three donors fill most lines; more are welcome and not looked for.
constexpr std::size_t enough_donors = 3;

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

}  // namespace

std::size_t Download::Donor::window() const {
  if (!piece_takes) return first_window;
  const auto pieces = static_cast<std::size_t>(asked_ahead / std::max(*piece_takes, Duration(1)));
  return std::clamp<std::size_t>(pieces, 1, largest_window);
}

double Download::Donor::rate() const {
  if (!piece_takes) return 0;
  return static_cast<double>(state_piece_bytes) / seconds(std::max(*piece_takes, Duration(1)));
}

Duration Download::Donor::patience() const {
  if (!piece_takes) return first_patience;
  return std::max(shortest_patience, silent_after_pieces * *piece_takes);
}

void Download::offered(const PeerId& id, StateOffers offers, Time now) {
  go_on_to(now);
  Donor& donor = donors_[id];
  donor.offers = std::move(offers);
  if (!gives(donor)) give_back(donor);
}

// A peer whose own loop stood still has not read what came meanwhile: nobody was silent.
void Download::go_on_to(Time now) {
  const bool paused = now - now_ > 2 * tick_interval;
  now_ = std::max(now_, now);
  if (!paused) return;
  for (auto& [id, donor] : donors_) donor.progressed = now_;
}

bool Download::gives(const Donor& donor) const {
  return choice_ && !donor.lied && std::ranges::count(donor.offers, choice_->state) > 0;
}

// Stays with the state that it has begun for as long as somebody gives it who answers; and with one
// whose donors are silent, if nobody gives another.
void Download::choose() {
  const auto is_usable = [this](const auto& item) { return usable(item.second); };
  if (std::ranges::any_of(donors_, is_usable)) return;
  std::vector<DonorOffers> offers;
  for (const auto& [id, donor] : donors_) {
    if (!donor.lied && !donor.silent) offers.push_back({id, donor.offers});
  }
  const auto choice = choose_state(offers);
  if (choice) begin(*choice);
}

void Download::begin(const StateChoice& choice) {
  for (auto& [id, donor] : donors_) forget(donor);
  choice_ = choice;
  manifest_known_ = false;
}

std::vector<Download::Question> Download::questions(Time now) {
  go_on_to(now);
  std::vector<Question> out;
  if (complete()) return out;
  choose();
  if (!choice_) return out;
  if (manifest_known_) {
    ask_pieces(out);
  } else {
    ask_manifest(out);
  }
  return out;
}

// One donor at a time, the fastest that is known: it is small, and the next one is asked if it lies
// or is silent.
void Download::ask_manifest(std::vector<Question>& out) {
  Donors::iterator best = donors_.end();
  for (auto it = donors_.begin(); it != donors_.end(); ++it) {
    if (!usable(it->second)) continue;
    if (it->second.asked_manifest) return;
    if (best == donors_.end() || it->second.rate() > best->second.rate()) best = it;
  }
  if (best == donors_.end()) return;
  Donor& donor = best->second;
  if (!donor.waits()) donor.progressed = now_;
  donor.asked_manifest = true;
  out.push_back({best->first, choice_->state.state, std::nullopt});
}

void Download::ask_pieces(std::vector<Question>& out) {
  while (!to_ask_.empty()) {
    const auto next = next_to_ask();
    if (next == donors_.end()) return;
    Donor& donor = next->second;
    if (!donor.waits()) donor.progressed = now_;
    const std::uint32_t piece = to_ask_.back();
    to_ask_.pop_back();
    donor.asked.push_back(piece);
    out.push_back({next->first, choice_->state.state, piece});
  }
}

// Whoever will have answered it first.
Download::Donors::iterator Download::next_to_ask() {
  Donors::iterator best = donors_.end();
  Duration soonest{};
  for (auto it = donors_.begin(); it != donors_.end(); ++it) {
    const Donor& donor = it->second;
    if (!usable(donor) || donor.asked.size() >= donor.window() || !worthwhile(donor)) continue;
    const auto place = static_cast<std::int64_t>(donor.asked.size()) + 1;
    const Duration answered = place * donor.piece_takes.value_or(Duration(1));
    if (best != donors_.end() && answered >= soonest) continue;
    best = it;
    soonest = answered;
  }
  return best;
}

// At the end a slow donor gets no piece for which all would wait, while another one brings
// everything that is left. The fastest is worthwhile always.
bool Download::worthwhile(const Donor& donor) const {
  if (!donor.piece_takes) return true;
  const auto place = static_cast<std::int64_t>(donor.asked.size()) + 1;
  const auto rest = static_cast<std::int64_t>(missing_) + 1;
  const auto is_better = [&](const auto& item) {
    const Donor& other = item.second;
    return usable(other) && other.piece_takes &&
           rest * *other.piece_takes < place * *donor.piece_takes;
  };
  return std::ranges::none_of(donors_, is_better);
}

void Download::answered(const Question& question, Bytes answer, Time now) {
  go_on_to(now);
  received_ += answer.size();
  Donor& donor = donors_[question.donor];
  const bool present = choice_ && question.state == choice_->state.state;
  heard(question.donor, question.piece.has_value() && !answer.empty());
  if (answer.empty()) {
    const auto is_that = [&](const StateOffer& one) { return one.state == question.state; };
    std::erase_if(donor.offers, is_that);
    if (present) give_back(donor);
  } else if (present && question.piece) {
    take_piece(question.donor, *question.piece, std::move(answer));
  } else if (present) {
    take_manifest(question.donor, answer);
  }
}

void Download::heard(const PeerId& id, bool with_a_piece) {
  Donor& donor = donors_[id];
  const Duration took = now_ - std::exchange(donor.progressed, now_);
  if (std::exchange(donor.silent, false)) forgive(id);
  if (!with_a_piece) return;
  donor.piece_takes =
      donor.piece_takes ? *donor.piece_takes + (took - *donor.piece_takes) / smoothing : took;
}

void Download::take_manifest(const PeerId& from, const Bytes& answer) {
  donors_[from].asked_manifest = false;
  if (manifest_known_) return;
  auto manifest = decode_state_manifest(answer);
  const StateOffer& state = choice_->state;
  if (!manifest || manifest->pieces.size() != state_pieces(state.elements) ||
      name_of_state(state.step, state.elements, manifest->pieces) != state.state) {
    return drop(from, "the list of digests that it sent is not that of the state it offers");
  }
  const std::size_t count = manifest->pieces.size();
  const std::size_t both = std::min(count, pieces_.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (manifest_[i] != manifest->pieces[i]) pieces_[i] = Bytes();
  }
  pieces_.resize(count);
  manifest_ = std::move(manifest->pieces);
  manifest_known_ = true;
  bytes_ = 0;
  to_ask_.clear();
  for (std::size_t i = count; i-- > 0;) {
    bytes_ += pieces_[i].size();
    if (pieces_[i].empty()) to_ask_.push_back(static_cast<std::uint32_t>(i));
  }
  missing_ = to_ask_.size();
}

void Download::take_piece(const PeerId& from, std::uint32_t piece, Bytes answer) {
  if (!manifest_known_) return;
  auto came = decode_state_piece(std::move(answer));
  if (!came || came->piece != piece || came->values.size() != size_of(piece) ||
      sha256(came->values) != manifest_[piece]) {
    return drop(from, "piece " + std::to_string(piece) +
                          " that it sent is not what the digest of the state says");
  }
  std::erase(donors_[from].asked, piece);
  if (!pieces_[piece].empty()) return;
  // It may have been given back after a silence.
  std::erase(to_ask_, piece);
  pieces_[piece] = std::move(came->values);
  bytes_ += pieces_[piece].size();
  --missing_;
}

std::size_t Download::size_of(std::uint32_t piece) const {
  const std::uint64_t before = piece * state_piece_elements;
  const std::uint64_t rest = choice_->state.elements - before;
  return static_cast<std::size_t>(std::min(rest, state_piece_elements)) * sizeof(float);
}

void Download::failed(const Question& question, Time now) {
  go_on_to(now);
  Donor& donor = donors_[question.donor];
  const bool was_there = !donor.offers.empty();
  donor.offers.clear();
  donor.silent = false;
  give_back(donor);
  if (was_there && !donor.lied) note(question.donor, false, "it cannot be reached any more");
}

void Download::interrupted() {
  for (auto& [id, donor] : donors_) {
    give_back(donor);
    donor.offers.clear();
    donor.silent = false;
  }
}

// Others may be asked for what it was asked for.
void Download::give_back(Donor& donor) {
  for (const std::uint32_t piece : donor.asked) {
    if (pieces_[piece].empty()) to_ask_.push_back(piece);
  }
  forget(donor);
}

void Download::forget(Donor& donor) {
  donor.asked.clear();
  donor.asked_manifest = false;
}

void Download::drop(const PeerId& id, std::string reason) {
  Donor& donor = donors_[id];
  if (std::exchange(donor.lied, true)) return;
  give_back(donor);
  note(id, true, std::move(reason));
}

// The newest word on a donor replaces those before.
void Download::note(const PeerId& id, bool lied, std::string reason) {
  forgive(id);
  dropped_.push_back({id, lied, id.brief() + ": " + std::move(reason)});
}

void Download::forgive(const PeerId& id) {
  std::erase_if(dropped_, [&id](const DroppedDonor& one) { return one.id == id && !one.lied; });
}

void Download::tick(Time now) {
  go_on_to(now);
  for (auto& [id, donor] : donors_) {
    if (!donor.waits() || now_ - donor.progressed <= donor.patience()) continue;
    donor.silent = true;
    give_back(donor);
    note(id, false, "it does not answer any more");
  }
}

bool Download::wants_donors() const {
  const auto is_usable = [this](const auto& item) { return usable(item.second); };
  return static_cast<std::size_t>(std::ranges::count_if(donors_, is_usable)) < enough_donors;
}

bool Download::was_dropped(const PeerId& id) const {
  const auto donor = donors_.find(id);
  return donor != donors_.end() && donor->second.lied;
}

RunState Download::take() {
  MOSHPIT_ASSERT(complete());
  RunState state;
  state.step = choice_->state.step;
  state.values.reserve(choice_->state.elements);
  // One after the other, so that the whole is never held twice.
  for (Bytes& piece : pieces_) {
    const std::size_t before = state.values.size();
    state.values.resize(before + piece.size() / sizeof(float));
    std::memcpy(state.values.data() + before, piece.data(), piece.size());
    piece = Bytes();
  }
  return state;
}

double Download::total_rate() const {
  double total = 0;
  for (const auto& [id, donor] : donors_) {
    if (donor.waits() && usable(donor)) total += donor.rate();
  }
  return total;
}

DownloadProgress Download::progress() const {
  DownloadProgress progress;
  progress.bytes_received = received_;
  progress.dropped = dropped_;
  if (choice_) {
    progress.step = choice_->state.step;
    progress.bytes_total = choice_->state.elements * sizeof(float);
    // Until the digests of a second choice are here nobody knows how much of the first one stays.
    if (manifest_known_) progress.bytes = bytes_;
  }
  for (const auto& [id, donor] : donors_) {
    if (donor.waits() && usable(donor)) progress.donors.push_back(id);
  }
  const double rate = total_rate();
  if (complete()) progress.remaining = Duration(0);
  if (!complete() && rate > 0) {
    const auto rest = static_cast<double>(progress.bytes_total - progress.bytes);
    progress.remaining = from_seconds(rest / rate);
  }
  progress.sentence = sentence(progress);
  return progress;
}

std::string Download::sentence(const DownloadProgress& progress) const {
  if (!choice_) return "Nobody offers a state of the run yet.";
  std::string text = complete() ? "Downloaded " : "Downloading ";
  text += choice_->why + ": " + megabytes(progress.bytes) + " of " +
          megabytes(progress.bytes_total) + " MB";
  if (!complete()) {
    text += " from " + std::to_string(progress.donors.size()) +
            (progress.donors.size() == 1 ? " donor" : " donors");
    if (progress.remaining) {
      const auto left = std::chrono::ceil<std::chrono::seconds>(*progress.remaining);
      text += ", " + std::to_string(left.count()) + " s to go";
    }
  }
  for (const DroppedDonor& one : dropped_) text += "; without " + one.reason;
  return text + ".";
}

}  // namespace moshpit
