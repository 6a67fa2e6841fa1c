// MemberProcesses: the processes that a bench has started, one a member, and what they say. The
// calling thread waits.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/demo/process.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

class MemberProcesses {
 public:
  // This very program with these arguments, as the next member. Its complaints go where this
  // program's own go.
  Result<void> start(const std::vector<std::string>& arguments);
  // As above, another program.
  Result<void> start_other(const std::string& program, const std::vector<std::string>& arguments);

  // What the members have said since the last call; waits a moment for something.
  std::vector<nlohmann::json> read();
  // The same, with who said it.
  std::vector<std::pair<std::size_t, nlohmann::json>> hear();

  std::size_t size() const { return members_.size(); }
  void kill(std::size_t member) { members_[member].kill(); }
  bool runs(std::size_t member) const { return !members_[member].finished(); }
  // Requires: it does not run. -1: it was killed.
  int exit_code(std::size_t member) const { return members_[member].exit_code(); }
  bool somebody_runs() const;
  // Requires: nobody runs.
  bool all_succeeded() const;

 private:
  std::vector<Process> members_;
};

}  // namespace moshpit
