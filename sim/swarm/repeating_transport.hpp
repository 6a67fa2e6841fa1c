// RepeatingTransport: whatever is sent in bulk over its links is sent twice, and once more much
// later. A peer behind it is honest, and nobody may count anything of it twice (promise R5).
#pragma once

#include "sim/swarm/wrapped_transport.hpp"

namespace moshpit::sim {

class RepeatingTransport final : public WrappedTransport {
 public:
  explicit RepeatingTransport(Transport& real) : WrappedTransport(real) {}

 private:
  std::unique_ptr<Link> wrap(std::unique_ptr<Link> link) override;
};

}  // namespace moshpit::sim
