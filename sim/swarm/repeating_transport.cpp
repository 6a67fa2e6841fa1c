#include "sim/swarm/repeating_transport.hpp"

#include <deque>

namespace moshpit::sim {
namespace {

// So many frames later a frame is sent for the third time: most often in another round.
constexpr std::size_t much_later = 12;

class RepeatingLink final : public WrappedLink {
 public:
  explicit RepeatingLink(std::unique_ptr<Link> real) : WrappedLink(std::move(real)) {}

  void send(Frame frame, Priority priority) override {
    WrappedLink::send(frame, priority);
    if (priority != Priority::bulk) return;
    WrappedLink::send(frame, priority);
    sent_.push_back(std::move(frame));
    if (sent_.size() <= much_later) return;
    WrappedLink::send(std::move(sent_.front()), priority);
    sent_.pop_front();
  }

 private:
  std::deque<Frame> sent_;
};

}  // namespace

std::unique_ptr<Link> RepeatingTransport::wrap(std::unique_ptr<Link> link) {
  return std::make_unique<RepeatingLink>(std::move(link));
}

}  // namespace moshpit::sim
