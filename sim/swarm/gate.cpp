#include "sim/swarm/gate.hpp"

#include <set>
#include <utility>

#include "wire/envelope.hpp"

namespace moshpit::sim {

class GatedLink final : public Link {
 public:
  GatedLink(std::unique_ptr<Link> real, Gate& gate) : real_(std::move(real)), gate_(gate) {
    gate_.links_.push_back(this);
  }
  ~GatedLink() override { std::erase(gate_.links_, this); }

  const PeerId& peer() const override { return real_->peer(); }
  const Bytes& binding() const override { return real_->binding(); }
  std::string remote() const override { return real_->remote(); }
  void set_frame_limit(std::size_t bytes) override { real_->set_frame_limit(bytes); }
  std::size_t backlog() const override { return real_->backlog(); }
  Task<bool> drained(std::size_t bytes, Time deadline) override {
    return real_->drained(bytes, deadline);
  }

  void send(Bytes frame, Priority priority) override {
    if (gate_.shut_) {
      waiting_.push_back({std::move(frame), priority});
      return;
    }
    note(frame, FrameKind::question);
    gate_.see(Gate::Direction::out, peer(), frame);
    real_->send(std::move(frame), priority);
  }

  Task<std::optional<Bytes>> receive() override {
    auto frame = co_await real_->receive();  // no deadline: it says when the link has ended
    if (frame) take_in(*frame);
    co_return frame;
  }

  void release() {
    std::vector<Waiting> released = std::exchange(waiting_, {});
    for (Waiting& waiting : released) send(std::move(waiting.frame), waiting.priority);
  }
  std::size_t open_questions() const { return open_questions_.size(); }

 private:
  struct Waiting {
    Bytes frame;
    Priority priority;
  };

  void take_in(ByteView frame) {
    note(frame, FrameKind::answer);
    gate_.see(Gate::Direction::in, peer(), frame);
  }

  // Of what goes out the questions are of interest, of what comes in the answers.
  void note(ByteView frame, FrameKind kind) {
    const auto envelope = open_envelope(frame);
    if (!envelope || envelope->kind != kind) return;
    if (kind == FrameKind::question) open_questions_.insert(envelope->id);
    if (kind == FrameKind::answer) open_questions_.erase(envelope->id);
  }

  std::unique_ptr<Link> real_;
  Gate& gate_;
  std::vector<Waiting> waiting_;
  std::set<std::uint32_t> open_questions_;
};

void Gate::open() {
  shut_ = false;
  const std::vector<GatedLink*> links = links_;
  for (GatedLink* link : links) link->release();
}

std::size_t Gate::open_questions() const {
  std::size_t open = 0;
  for (const GatedLink* link : links_) open += link->open_questions();
  return open;
}

Task<Result<std::unique_ptr<Link>>> GatedTransport::dial(Address address,
                                                         std::optional<PeerId> expected,
                                                         Time deadline) {
  auto link = co_await real_.dial(address, expected, deadline);
  if (!link) co_return link.error();
  std::unique_ptr<Link> gated = std::make_unique<GatedLink>(std::move(*link), gate_);
  co_return Result<std::unique_ptr<Link>>(std::move(gated));
}

Task<std::unique_ptr<Link>> GatedTransport::accept() {
  auto link = co_await real_.accept();  // no deadline: until the transport is closed
  if (!link) co_return link;
  std::unique_ptr<Link> gated = std::make_unique<GatedLink>(std::move(link), gate_);
  co_return gated;
}

}  // namespace moshpit::sim
