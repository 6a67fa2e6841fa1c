// Peer: one participant of a run, with a thread of its own for everything that touches the network.
//
// All functions may be called from any thread; none blocks longer than it says. The library never
// calls your code: it is asked, by poll_notices(), snapshot() and the handle of a step. Destroying
// a Peer leaves the run: it blocks until the others have read what it has sent them, which takes a
// round trip and at most 1 s.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "moshpit/bandwidth_limit.hpp"
#include "moshpit/download.hpp"
#include "moshpit/grid.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/invite.hpp"
#include "moshpit/report.hpp"
#include "moshpit/result.hpp"
#include "moshpit/run_plan.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

struct PeerOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any free one. Others dial this address
  // HOST:PORT under which others reach that address, where it is another one from outside, as when
  // a router forwards a port; empty: the same.
  std::string advertise;
  bool outbound_only = false;  // accept no connections
  std::string identity;        // key file, made on first use; empty: a new key for this run only
  std::optional<std::uint64_t>
      place;                 // place on the grid, in [0, M^d); otherwise a free one is claimed
  bool observer = false;     // watches: takes no place on the grid
  BandwidthLimit bandwidth;  // what it may use of its line; without it, all
  // For measuring only: identities are proven, and then nothing is encrypted. A peer with it and a
  // peer without it refuse one another.
  bool plaintext = false;
};

// What a peer knows at one moment.
struct Snapshot {
  PeerId id;
  std::vector<std::string> addresses;  // where others can dial it; none: it accepts no connections
  // Others tried to connect to it and could not, although it was to accept connections: it takes
  // part as one that accepts none, and this sentence says what to do. Otherwise empty.
  std::string advice;
  Grid grid;                      // on which it averages, or will in the coming step
  std::string place;              // the grid key, as "(2,*)"
  std::uint64_t step = 0;         // the run's clock: averaging steps begun so far
  std::vector<PeerId> connected;  // peers with a standing link
  std::string waiting_for;        // what it waits for at this moment, as a sentence
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::optional<DownloadProgress> download;  // of the state, present or last
};

// A member of the run, as it described itself in the directory.
struct MemberStatus {
  PeerId id;
  std::uint64_t step = 0;  // its averaging steps
  std::uint64_t local_steps = 0;
  double loss = 0;  // as its trainer last reported it
  std::string place;
  std::vector<std::string> addresses;
};

// How far the peers of a collective run are with the batch that they make together.
struct RunProgress {
  double samples = 0;  // that all have done towards the coming step, as far as this peer can tell
  double target = 0;
  double samples_per_second = 0;
  std::size_t peers = 0;  // that work on it
  bool reached = false;
  std::string sentence;  // "1480 of 4096 samples by 7 peers, 310 a second: 8.4 s to go"
};

// A round that ended, with a sentence for a person.
struct Notice {
  std::string sentence;
  RoundReport report;
};

// What a run has come to at one of its steps: whatever a late peer needs in order to go on from
// there, in one vector: parameters, and where there are any, the optimizer's state and buffers. How
// they are laid out is for the trainer to know.
struct RunState {
  std::uint64_t step = 0;
  std::vector<float> values;
};

// What a step did to one chunk of the vector.
enum class ChunkOutcome : std::uint8_t {
  kept,      // no round averaged it: the value that came in still stands
  averaged,  // replaced by a mean that contains this peer's value
  left_out,  // replaced by a mean of the others: this peer's value came too late for its group
};

// What an averaging step starts from.
struct StepRequest {
  Averaged what = Averaged::state;
  std::vector<float> values;  // plan().elements of them, or plan().changes; all finite
  double weight = 1;          // 0 <= weight <= plan().weight_limit
  std::uint32_t rounds = 0;   // 0: d, one for each dimension of the grid
  std::uint64_t step = 0;     // the run's clock goes on to this step; 0: to the next one
  // Settles the step, if this peer met a hole in the grid, only when its schedule is over or others
  // have begun the next one: between steps without local work, whoever was held up catches up.
  bool unhurried = false;
  bool keep_each_round = false;  // keeps the vector after every round, to look at how it converges
};

struct StepOutcome {
  StepReport report;  // without rounds if the run has come to a step that averages something else
  std::vector<float> values;         // what came in, with chunks replaced as `chunks` says
  std::vector<ChunkOutcome> chunks;  // one for each `chunk_elements` elements
  std::size_t chunk_elements = 1;
  std::vector<std::vector<float>> values_after_round;  // only if asked for
};

// Puts the outcome of a step into the caller's vector so that no local work is lost (promise R6).
// Of an averaged chunk, an element that still equals `snapshot`, what the step was given, is
// assigned the mean, and one that has moved meanwhile gets the change added. An element that was
// left out gets (mean - carried) added, where `carried` is the mean that the work of this peer
// began from: its work survives and is contributed next time. Kept elements keep their value.
// Shapes: all four have the same length. carried and own may not overlap; carried is brought up to
// date.
void apply_outcome(const StepOutcome& outcome, std::span<const float> snapshot,
                   std::span<float> carried, std::span<float> own);
// The same for the first elements of the outcome, as many as `own` has.
void apply_to_first(const StepOutcome& outcome, std::span<const float> snapshot,
                    std::span<float> carried, std::span<float> own);

// One averaging step under way.
class StepHandle {
 public:
  bool ready() const;
  // Blocks until the step is settled: at most d times the round's deadline. ErrorCode::cancelled if
  // the peer left. Call it once.
  Result<StepOutcome> wait();

  struct Shared;  // opaque
  explicit StepHandle(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

 private:
  std::shared_ptr<Shared> shared_;
};

class Peer {
 public:
  // Starts a run and is its first member. A run that goes on from a checkpoint begins with the
  // averaging steps that were begun before. Errors: address_in_use, invalid_argument, io.
  static Result<Peer> start_run(RunPlan plan, PeerOptions options, std::uint64_t steps_begun = 0);

  // Joins the run of the invite. Blocks until this peer is in the directory and has a place on the
  // grid: at most 15 s. `model` and `elements` are what this peer brought: ErrorCode::incompatible
  // if the run trains something else; an empty model means "whatever the run trains". Errors:
  // refused, unreachable, and those of start_run.
  static Result<Peer> join_run(const Invite& invite, std::string model, std::uint64_t elements,
                               PeerOptions options);

  Peer(Peer&&) noexcept;
  Peer& operator=(Peer&&) noexcept;
  ~Peer();

  const PeerId& id() const;
  const RunId& run() const;
  const RunPlan& plan() const;

  // A fresh invite to this run, with this peer's address first.
  Invite invite() const;

  // Starts an averaging step. One at a time.
  StepHandle average(StepRequest request);

  // The newest step that this peer or any other is known to have begun. Cheap: may be asked after
  // every local step. If it is ahead of this peer's own, it is time to begin it too, with the work
  // done so far.
  std::uint64_t newest_step() const;

  // What a late peer may download from this one, until the next call. Peers that settled a step
  // alike and offer the same bytes for it are donors of one state. Hashes the values on the calling
  // thread: a second a gigabyte at worst. Requires: 1 to 8.5e9 values.
  void offer_state(RunState state);

  // Downloads the state that most peers offer of the newest step, from all of them at once, and
  // checks it piece by piece. snapshot().download tells how far it is. Blocks for at most
  // `patience`. Errors: unreachable if nobody offers any, or if it takes longer: the next call goes
  // on from there.
  Result<RunState> download_state(Duration patience);

  // Tells the others how far this peer is; also what `members()` elsewhere shows.
  void publish_progress(std::uint64_t local_steps, double loss);

  // Of a collective run: the samples that this peer has worked on since it last handed any over,
  // and its speed. The others hear of it within seconds.
  void note_work(double samples, double samples_per_second);
  // Nothing but zeros in other runs.
  RunProgress run_progress() const;

  // Calls everybody to this step of the run's clock, and blocks until all have come to it who
  // published progress and can be reached, or until somebody has gone on from it; at most for
  // `patience`. True if they came.
  bool meet(std::uint64_t step, Duration patience);

  // Everybody who published progress lately, this peer included. Blocks for one look-up in the
  // directory.
  std::vector<MemberStatus> members() const;

  // The rounds that ended since the last call, oldest first. At most 1,024 are kept;
  // notices_dropped() counts the others.
  std::vector<Notice> poll_notices();
  std::uint64_t notices_dropped() const;

  Snapshot snapshot() const;

 private:
  class Door;
  explicit Peer(std::unique_ptr<Door> door);
  std::unique_ptr<Door> door_;
};

}  // namespace moshpit
