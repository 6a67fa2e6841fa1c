#include "sim/swarm/gate.hpp"

#include <set>
#include <utility>

#include "wire/envelope.hpp"

namespace moshpit::sim {

class GatedLink final : public WrappedLink {
 public:
  GatedLink(std::unique_ptr<Link> real, Gate& gate) : WrappedLink(std::move(real)), gate_(gate) {
    gate_.links_.push_back(this);
  }
  ~GatedLink() override { std::erase(gate_.links_, this); }

  void send(Frame sent, Priority priority) override {
    Bytes frame = std::move(sent).joined();
    if (gate_.shut_) {
      waiting_.push_back({std::move(frame), priority});
      return;
    }
    note(frame, FrameKind::question);
    gate_.see(Gate::Direction::out, peer(), frame);
    WrappedLink::send(std::move(frame), priority);
  }

  Task<std::optional<Bytes>> receive() override {
    auto frame = co_await WrappedLink::receive();  // no deadline: it says when the link has ended
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

std::unique_ptr<Link> GatedTransport::wrap(std::unique_ptr<Link> link) {
  return std::make_unique<GatedLink>(std::move(link), gate_);
}

}  // namespace moshpit::sim
