// RepeatingTransport: whatever is sent in bulk over its links is sent twice, and once more much
// later. A peer behind it is honest, and nobody may count anything of it twice (promise R5).
#pragma once

#include <memory>
#include <vector>

#include "net/transport.hpp"

namespace moshpit::sim {

class RepeatingTransport final : public Transport {
 public:
  explicit RepeatingTransport(Transport& real) : real_(real) {}

  std::vector<Address> addresses() const override { return real_.addresses(); }
  Task<Result<std::unique_ptr<Link>>> dial(Address address, std::optional<PeerId> expected,
                                           Time deadline) override;
  Task<std::unique_ptr<Link>> accept() override;

 private:
  Transport& real_;
};

}  // namespace moshpit::sim
