// DownloadProgress: how far a late peer is with the run's state, which several donors give it in
// pieces, each of which is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// A donor that the download goes on without, and why, as a sentence.
struct DroppedDonor {
  PeerId id;
  bool lied = false;  // what it sent is not what was announced; otherwise it is only gone
  std::string reason;
};

struct DownloadProgress {
  std::uint64_t step = 0;             // of the state
  std::uint64_t bytes = 0;            // that are here and right
  std::uint64_t bytes_total = 0;      // of the state; 0 before one is chosen
  std::uint64_t bytes_received = 0;   // with what was wrong or came twice
  std::optional<Duration> remaining;  // at the donors' present speed; nothing if not known
  std::vector<PeerId> donors;         // that give pieces at the moment
  std::vector<DroppedDonor> dropped;
  std::string sentence;  // all of that, for a person
};

}  // namespace moshpit
