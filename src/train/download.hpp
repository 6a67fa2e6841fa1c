// Download: a run's state, in pieces from several donors at once. A pure machine.
//
// It is told what donors offer and what they answer, and says what to ask whom. The state is the
// one that choose_state() takes; a manifest is believed if the state's name is its digest, and a
// piece if the manifest has its digest, whoever sent it. A donor gets as many questions at a time
// as it answers in half a second. Who has answered nothing for twenty times as long as a piece
// usually takes is silent: others are asked for its pieces, until it answers. Who sends wrong bytes
// is dropped for good. When nobody is left who gives the state, another one is taken, and pieces
// that are equal stay. No piece is asked of two donors, other than after silence, so that little
// comes twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/download.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/peer.hpp"
#include "moshpit/time.hpp"
#include "train/state_choice.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

class Download {
 public:
  explicit Download(Time now) : now_(now) {}

  // What this peer gives now, and nothing else. An empty list: nothing.
  void offered(const PeerId& donor, StateOffers offers, Time now);

  struct Question {
    PeerId donor;
    Digest state{};
    std::optional<std::uint32_t> piece;  // nothing: the manifest
  };
  // What is to be asked now. Each is answered once, or failed once.
  std::vector<Question> questions(Time now);
  void answered(const Question& question, Bytes answer, Time now);
  // The donor cannot be reached.
  void failed(const Question& question, Time now);

  // Nobody is going to answer what was asked so far: who offers what is to be told anew.
  void interrupted();

  // Looks for silence.
  void tick(Time now);
  Time next_tick() const { return now_ + tick_interval; }

  bool complete() const { return manifest_known_ && missing_ == 0; }
  // Once. Requires: complete().
  RunState take();

  // Whether it knows too few donors to be fast, or none at all.
  bool wants_donors() const;
  bool was_dropped(const PeerId& donor) const;
  DownloadProgress progress() const;

 private:
  static constexpr Duration tick_interval = std::chrono::milliseconds(250);

  struct Donor {
    StateOffers offers;
    std::vector<std::uint32_t> asked;  // pieces of the present state
    bool asked_manifest = false;
    Time progressed{};  // its last answer, or when it was first asked after it had answered all
    std::optional<Duration> piece_takes;  // smoothed
    bool silent = false;
    bool lied = false;

    bool waits() const { return asked_manifest || !asked.empty(); }
    std::size_t window() const;
    double rate() const;  // bytes a second; 0: not known
    Duration patience() const;
  };
  using Donors = std::map<PeerId, Donor>;

  bool gives(const Donor& donor) const;
  bool usable(const Donor& donor) const { return gives(donor) && !donor.silent; }
  void choose();
  void begin(const StateChoice& choice);
  void go_on_to(Time now);
  void ask_manifest(std::vector<Question>& out);
  void ask_pieces(std::vector<Question>& out);
  Donors::iterator next_to_ask();
  bool worthwhile(const Donor& donor) const;
  void heard(const PeerId& id, bool with_a_piece);
  void take_manifest(const PeerId& from, const Bytes& answer);
  void take_piece(const PeerId& from, std::uint32_t piece, Bytes answer);
  void give_back(Donor& donor);
  void forget(Donor& donor);
  void drop(const PeerId& id, std::string reason);
  void note(const PeerId& id, bool lied, std::string reason);
  void forgive(const PeerId& id);
  std::size_t size_of(std::uint32_t piece) const;
  double total_rate() const;
  std::string sentence(const DownloadProgress& progress) const;

  Time now_;
  Donors donors_;
  std::optional<StateChoice> choice_;
  bool manifest_known_ = false;        // of choice_
  std::vector<Digest> manifest_;       // of pieces_, which may still be those of the state before
  std::vector<Bytes> pieces_;          // empty: not here
  std::vector<std::uint32_t> to_ask_;  // the next one last
  std::uint64_t missing_ = 0;          // pieces
  std::uint64_t bytes_ = 0;
  std::uint64_t received_ = 0;
  std::vector<DroppedDonor> dropped_;
};

}  // namespace moshpit
