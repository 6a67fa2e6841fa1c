#include "sim/link.hpp"

#include <utility>

namespace moshpit::sim {

SimLink::SimLink(Network& network, LinkEnd end, Loop& loop, const Computer& other, Bytes binding)
    : network_(&network),
      end_(end),
      peer_(other.credentials().id()),
      binding_(std::move(binding)),
      remote_(other.address().text()),
      readable_(loop),
      backlog_fell_(loop),
      settled_(loop) {}

SimLink::~SimLink() {
  if (network_) network_->forget_link(end_);
}

void SimLink::send(Frame frame, Priority priority) {
  if (network_ && !ended_) network_->send(end_, std::move(frame).joined(), priority);
}

Task<std::optional<Bytes>> SimLink::receive() {
  co_await readable_.wait();  // no deadline: the network says when the link has ended
  co_return take();
}

std::size_t SimLink::backlog() const { return network_ ? network_->backlog(end_) : 0; }

Task<bool> SimLink::drained(std::size_t bytes, Time deadline) {
  while (!ended_ && backlog() > bytes) {
    auto in_time = co_await backlog_fell_.wait_until(deadline);
    if (!in_time) break;
  }
  co_return !ended_ && backlog() <= bytes;
}

void SimLink::put(Bytes frame) {
  inbox_.push(std::move(frame));
  readable_.set();
}

void SimLink::end() {
  ended_ = true;
  readable_.set();
  backlog_fell();
  if (dial_ == Dial::pending) settle(Dial::unreachable);
}

void SimLink::backlog_fell() {
  backlog_fell_.set();
  backlog_fell_.reset();
}

void SimLink::settle(Dial dial) {
  dial_ = dial;
  settled_.set();
}

std::optional<Bytes> SimLink::take() {
  if (inbox_.empty()) return std::nullopt;
  std::optional<Bytes> frame(inbox_.pop());
  if (network_) network_->consumed(end_, frame->size());
  if (inbox_.empty() && !ended_) readable_.reset();
  return frame;
}

}  // namespace moshpit::sim
