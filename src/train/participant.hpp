// Participant: one peer's part in a run, put together from the floors below over any loop and
// transport. The real Peer and the simulated hosts run exactly this. One thread: the loop's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "average/averager.hpp"
#include "directory/kademlia.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/peer.hpp"
#include "net/dial_back.hpp"
#include "net/network.hpp"
#include "train/donor.hpp"
#include "train/download.hpp"
#include "train/hashed_state.hpp"
#include "train/progress_board.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

class Participant {
 public:
  Participant(Loop& loop, Transport& transport, const Credentials& credentials,
              Membership membership);

  // Begins the run as its first member. An observer takes no place on the grid.
  void found(RunPlan plan, std::optional<std::uint64_t> place, std::uint64_t steps_begun = 0);

  // What a newcomer brings and wants.
  struct Application {
    std::vector<Address> addresses;  // of the invite: any one that answers serves
    std::string model;
    std::uint64_t elements = 0;
    std::optional<std::uint64_t> place;
    bool observer = false;
  };
  // Becomes a member: link, plan, directory, place on the grid.
  Task<Result<void>> join(Application application, Time deadline);

  // From all who give the newest state, as soon as somebody does. If the deadline comes first, the
  // next call goes on with what is here.
  Task<Result<RunState>> download_state(Time deadline);
  // Of the last or present download_state().
  std::optional<DownloadProgress> download_progress() const;
  void offer_state(std::uint64_t step, HashedState state) { donor_.offer(step, std::move(state)); }
  std::size_t states_offered() const { return donor_.states(); }

  // One averaging step. An outcome without rounds if the run has come to a step that averages
  // something else (averaged_at): what to average must be chosen anew then.
  Task<StepOutcome> average(StepRequest request);

  // What a peer of a collective run has done since it last handed over work, and what all have.
  void note_work(double samples, double samples_per_second);
  RunProgress run_progress();
  // Tells the others of the work that was noted, and hears of theirs, without end.
  Task<> follow_progress();

  // Returns once the record stands in the directory.
  Task<> publish(std::uint64_t local_steps, double loss);
  Task<std::vector<MemberStatus>> members();

  // Calls everybody to this step of the run's clock, and waits until all have come to it who
  // published progress and can be reached, or until somebody has gone on from it. False if the
  // deadline came first.
  Task<bool> meet(std::uint64_t step, Time deadline);

  // Goes once the others have read what this peer has sent them, at the deadline at the latest.
  Task<bool> leave(Time deadline) { return network_.leave(deadline); }

  // Requires: found() or a successful join().
  const RunPlan& plan() const { return *plan_; }
  Averager& averager() { return *averager_; }
  const Averager& averager() const { return *averager_; }
  bool is_member() const { return averager_.has_value(); }
  // Why others cannot connect to this peer and what to do about it; empty unless they cannot.
  std::string advice() const { return dial_back_.advice(); }
  Network& network() { return network_; }
  const Network& network() const { return network_; }
  KademliaDirectory& directory() { return directory_; }

 private:
  // A member that answered, and what it told.
  struct Entrance {
    Contact member;
    PlanAnswer answer;
  };
  Task<Result<PlanAnswer>> enter(const Application& application, Time deadline);
  Task<Result<Entrance>> enter_at(Address address, Time deadline);
  Task<> take_place(std::optional<std::uint64_t> place, Time deadline);
  void become_member(RunPlan plan);
  Result<RunState> take_state();
  Task<> announce_progress();
  void hear_of_work(const Record& record);
  Task<bool> everybody_is_at(std::uint64_t step);
  DirectoryKey members_key() const { return key_of("members"); }
  DirectoryKey donors_key() const { return key_of("states"); }
  DirectoryKey key_of(std::string_view what) const;

  RunId run_;
  Network network_;
  DialBack dial_back_;
  KademliaDirectory directory_;
  Donor donor_;
  std::optional<Download> download_;
  std::optional<RunPlan> plan_;
  std::optional<Averager> averager_;
  std::optional<ProgressBoard> board_;  // of a collective run
  Progress progress_;                   // as last published
};

}  // namespace moshpit
