#include "sim/swarm/wrapped_transport.hpp"

namespace moshpit::sim {

Task<Result<std::unique_ptr<Link>>> WrappedTransport::dial(Address address,
                                                           std::optional<PeerId> expected,
                                                           Time deadline) {
  auto link = co_await real_.dial(address, expected, deadline);
  if (!link) co_return link.error();
  std::unique_ptr<Link> wrapped = wrap(std::move(*link));
  co_return Result<std::unique_ptr<Link>>(std::move(wrapped));
}

Task<std::unique_ptr<Link>> WrappedTransport::accept() {
  auto link = co_await real_.accept();  // no deadline: until the transport is closed
  if (!link) co_return link;
  std::unique_ptr<Link> wrapped = wrap(std::move(link));
  co_return wrapped;
}

}  // namespace moshpit::sim
