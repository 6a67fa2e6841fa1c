// EarlyQuestions: peers that asked about a group before this peer looks for one. They are not asked
// to ask again: when the search begins they are known at once and hear from it. Pure, and bounded:
// foreign peers fill it.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

class EarlyQuestions {
 public:
  void remember(Time now, const DirectoryKey& key, const Contact& asker) {
    forget(now, key, asker.id);
    if (kept_.size() >= most) kept_.pop_front();
    kept_.push_back({now, key, asker});
  }

  // Those who asked about the key, in the order of asking. They are not kept any longer.
  std::vector<Contact> take(Time now, const DirectoryKey& key) {
    std::vector<Contact> askers;
    for (const Kept& kept : kept_) {
      if (kept.key == key && now - kept.since < longest) askers.push_back(kept.asker);
    }
    std::erase_if(kept_, [&](const Kept& kept) { return kept.key == key; });
    return askers;
  }

  std::size_t size() const { return kept_.size(); }

 private:
  // As long as anybody's search lasts: after that nobody waits for an answer.
  static constexpr Duration longest = std::chrono::seconds(10);
  // Two groups of the largest size. Whoever falls out is found through the directory.
  static constexpr std::size_t most = 512;

  struct Kept {
    Time since;
    DirectoryKey key;
    Contact asker;
  };

  void forget(Time now, const DirectoryKey& key, const PeerId& asker) {
    std::erase_if(kept_, [&](const Kept& kept) {
      return now - kept.since >= longest || (kept.key == key && kept.asker.id == asker);
    });
  }

  std::deque<Kept> kept_;
};

}  // namespace moshpit
