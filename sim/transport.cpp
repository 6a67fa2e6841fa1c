#include "sim/transport.hpp"

#include <utility>

namespace moshpit::sim {
namespace {

Result<std::unique_ptr<Link>> outcome(std::unique_ptr<SimLink> link, const Address& address) {
  switch (link->dial()) {
    case SimLink::Dial::established:
      return std::unique_ptr<Link>(std::move(link));
    case SimLink::Dial::refused:
      return Error(ErrorCode::refused, "another peer answered at " + address.text() +
                                           ": ask for a fresh invite or contact");
    case SimLink::Dial::unreachable:
      return Error(ErrorCode::unreachable,
                   "nobody listens at " + address.text() + ": check that the peer is running");
    case SimLink::Dial::pending:
      break;
  }
  return Error(ErrorCode::unreachable,
               "no answer from " + address.text() + " in time: check the address and the network");
}

}  // namespace

SimTransport::SimTransport(Network& network, Computer& computer, Loop& loop)
    : network_(network), computer_(computer), arrivals_(loop) {}

std::vector<Address> SimTransport::addresses() const {
  if (computer_.outbound_only() && !computer_.unaware()) return {};
  return {computer_.address()};
}

Task<Result<std::unique_ptr<Link>>> SimTransport::dial(Address address,
                                                       std::optional<PeerId> expected,
                                                       Time deadline) {
  std::unique_ptr<SimLink> link = network_.dial(computer_, address, expected);
  co_await link->settled().wait_until(deadline);
  co_return outcome(std::move(link), address);
}

Task<std::unique_ptr<Link>> SimTransport::accept() {
  listening_ = true;
  co_await arrivals_.wait();  // no deadline: a listener waits for ever
  co_return take();
}

double SimTransport::bulk_weight() const { return network_.model().bulk_weight; }

bool SimTransport::listening() const {
  return listening_ && !closed_ && !computer_.outbound_only();
}

void SimTransport::put(std::unique_ptr<SimLink> link) {
  accepted_.push(std::move(link));
  arrivals_.set();
}

void SimTransport::close() {
  closed_ = true;
  accepted_.clear();
  arrivals_.set();
}

std::unique_ptr<Link> SimTransport::take() {
  if (accepted_.empty()) return nullptr;
  std::unique_ptr<Link> link = accepted_.pop();
  if (accepted_.empty() && !closed_) arrivals_.reset();
  return link;
}

}  // namespace moshpit::sim
