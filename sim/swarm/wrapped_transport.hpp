// WrappedLink and WrappedTransport: pass everything on to the real ones. Whoever stands in between
// overrides what it wants to see or to change.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "net/transport.hpp"

namespace moshpit::sim {

class WrappedLink : public Link {
 public:
  explicit WrappedLink(std::unique_ptr<Link> real) : real_(std::move(real)) {}

  const PeerId& peer() const override { return real_->peer(); }
  const Bytes& binding() const override { return real_->binding(); }
  std::string remote() const override { return real_->remote(); }
  void set_frame_limit(std::size_t bytes) override { real_->set_frame_limit(bytes); }
  std::size_t backlog() const override { return real_->backlog(); }
  void send(Frame frame, Priority priority) override { real_->send(std::move(frame), priority); }
  Task<std::optional<Bytes>> receive() override { return real_->receive(); }
  Task<bool> drained(std::size_t bytes, Time deadline) override {
    return real_->drained(bytes, deadline);
  }

 private:
  std::unique_ptr<Link> real_;
};

class WrappedTransport : public Transport {
 public:
  explicit WrappedTransport(Transport& real) : real_(real) {}

  std::vector<Address> addresses() const override { return real_.addresses(); }
  Task<Result<std::unique_ptr<Link>>> dial(Address address, std::optional<PeerId> expected,
                                           Time deadline) override;
  Task<std::unique_ptr<Link>> accept() override;
  double bulk_weight() const override { return real_.bulk_weight(); }

 private:
  virtual std::unique_ptr<Link> wrap(std::unique_ptr<Link> link) = 0;

  Transport& real_;
};

}  // namespace moshpit::sim
