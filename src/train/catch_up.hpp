// Catch-up: what a newcomer asks the members of the run for before it takes part: the plan, and the
// state, from several donors at once. The pure Download (download.hpp) decides; the coroutines here
// only carry. One thread: the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "directory/directory.hpp"
#include "loop/event.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/peer.hpp"
#include "net/network.hpp"
#include "train/download.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {

// Why this peer cannot take part in a run with this plan, if it cannot. An empty model and 0
// elements agree with any.
std::optional<Error> disagreement(const RunPlan& plan, const std::string& model,
                                  std::uint64_t elements);

Task<Result<PlanAnswer>> fetch_plan(Network& network, Contact member, Time deadline);

// Drives one download. All three outlive it.
class CatchUp {
 public:
  // `key`: where donors of the run stand in the directory.
  CatchUp(Network& network, Directory& directory, DirectoryKey key, Download& download);

  // Until the download is complete. False if the deadline came first; what has come stays in the
  // download, and another CatchUp goes on with it. Once.
  Task<bool> run(Time deadline);

 private:
  Task<> look_for_donors();
  Task<> survey();
  Task<> ask_offers(Contact donor);
  Task<> ask(Download::Question question, Contact donor);
  Task<> watch();
  std::vector<Contact> donors_in(const std::vector<Record>& records) const;
  void go_on();

  Network& network_;
  Directory& directory_;
  DirectoryKey key_;
  Download& download_;
  std::map<PeerId, Contact> contacts_;
  std::vector<std::pair<PeerId, StateOffers>> told_;  // in the survey under way
  Time deadline_;
  Event complete_;
  TaskGroup tasks_;
};

}  // namespace moshpit
