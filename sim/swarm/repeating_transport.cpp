#include "sim/swarm/repeating_transport.hpp"

#include <deque>
#include <utility>

namespace moshpit::sim {
namespace {

// So many frames later a frame is sent for the third time: most often in another round.
constexpr std::size_t much_later = 12;

class RepeatingLink final : public Link {
 public:
  explicit RepeatingLink(std::unique_ptr<Link> real) : real_(std::move(real)) {}

  const PeerId& peer() const override { return real_->peer(); }
  const Bytes& binding() const override { return real_->binding(); }
  std::string remote() const override { return real_->remote(); }
  void set_frame_limit(std::size_t bytes) override { real_->set_frame_limit(bytes); }
  std::size_t backlog() const override { return real_->backlog(); }
  Task<std::optional<Bytes>> receive() override { return real_->receive(); }
  Task<bool> drained(std::size_t bytes, Time deadline) override {
    return real_->drained(bytes, deadline);
  }

  void send(Bytes frame, Priority priority) override {
    real_->send(frame, priority);
    if (priority != Priority::bulk) return;
    real_->send(frame, priority);
    sent_.push_back(std::move(frame));
    if (sent_.size() <= much_later) return;
    real_->send(std::move(sent_.front()), priority);
    sent_.pop_front();
  }

 private:
  std::unique_ptr<Link> real_;
  std::deque<Bytes> sent_;
};

}  // namespace

Task<Result<std::unique_ptr<Link>>> RepeatingTransport::dial(Address address,
                                                             std::optional<PeerId> expected,
                                                             Time deadline) {
  auto link = co_await real_.dial(address, expected, deadline);
  if (!link) co_return link.error();
  std::unique_ptr<Link> repeating = std::make_unique<RepeatingLink>(std::move(*link));
  co_return Result<std::unique_ptr<Link>>(std::move(repeating));
}

Task<std::unique_ptr<Link>> RepeatingTransport::accept() {
  auto link = co_await real_.accept();  // no deadline: until the transport is closed
  if (!link) co_return link;
  std::unique_ptr<Link> repeating = std::make_unique<RepeatingLink>(std::move(link));
  co_return repeating;
}

}  // namespace moshpit::sim
