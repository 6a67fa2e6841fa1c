// Surveyor: keeps the grid of the run fit for the peers that are there. After a step some peers
// read the roll of it; where another grid would fit, they propose it for a step that lies ahead,
// with a place for everybody on the roll. Proposals spread from peer to peer, and whoever meets
// somebody that knows an older shape tells it. shape_book.hpp decides; roll.hpp counts
// (docs/decisions/007). One thread: the loop's.
//
// On a grid that stands it does nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "average/roll.hpp"
#include "average/shape_book.hpp"
#include "directory/directory.hpp"
#include "loop/task.hpp"
#include "loop/task_group.hpp"
#include "moshpit/grid.hpp"
#include "net/network.hpp"
#include "wire/group.hpp"

namespace moshpit {

class Surveyor final : public Service {
 public:
  // The newest step that anybody is known to have begun, where the run's clock stands: what others
  // say is measured by it.
  using Clock = std::function<std::uint64_t()>;

  Surveyor(Network& network, Directory& directory, RunId run, Grid first,
           std::uint32_t largest_group, Clock newest_step);
  ~Surveyor() override;

  // `changed` is called from the loop when the coming steps may have another shape than before.
  void when_changed(std::function<void()> changed) { changed_ = std::move(changed); }

  ShapeBook::Known at(std::uint64_t step) const { return book_.at(step); }
  std::vector<Shape> known() const { return book_.all(); }
  // From the member that let this peer in.
  void learn(const std::vector<Shape>& shapes);

  // This peer begins a step: some others hear which shape is the newest that it knows.
  void step_begins();
  // Its first round has, or has not, a group.
  void first_round(std::uint64_t step, const Group* group, Duration record_lives);
  // The step is over. If it falls to this peer to look, it does so after `settling`, when the roll
  // is complete. `there`: about so many peers seem to take part.
  void step_ended(std::uint64_t step, Duration settling, double there);

  Task<Bytes> answer(Contact from, Bytes question) override;
  void hear(const PeerId& from, Bytes message) override;
  void disconnected(const PeerId& peer, LinkEnd end) override;

 private:
  Task<> look(std::uint64_t step, Time began, Duration settling);
  Task<> fetch(Digest digest);
  Task<bool> fetch_from(PeerId teller, Digest digest);
  void take(Shape shape);
  void spread();
  void tell(const PeerId& peer);
  Roll::Page page(std::uint64_t step) const { return {step, at(step)->grid}; }

  Network& network_;
  ShapeBook book_;
  Roll roll_;
  Time step_began_{};
  Clock newest_step_;
  std::function<void()> changed_;
  std::map<Digest, std::vector<PeerId>> tellers_;  // of shapes that are being fetched
  TaskGroup tasks_;
};

}  // namespace moshpit
