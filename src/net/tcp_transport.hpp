// TcpTransport: the real network. It listens on one TCP port and dials others; what comes out are
// links whose peers have proven their keys.
//
// A stranger costs nothing for long: a connection that has not proven a key within seconds is
// closed, only so many stand at once, and whatever bytes they send end that connection alone. Links
// may outlive the transport, but not the RealLoop. One thread: the loop's.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "loop/real_loop.hpp"
#include "moshpit/result.hpp"
#include "net/identity.hpp"
#include "net/tls.hpp"
#include "net/token_bucket.hpp"
#include "net/transport.hpp"

namespace moshpit {

class TcpTransport final : public Transport {
 public:
  // Listens at `at`, a number or a name; port 0 takes any free port; without an address nobody can
  // dial this peer. Errors: address_in_use, invalid_argument if the host is not of this machine,
  // io. Requires: the bandwidth that all links share, if there is one, outlives them.
  static Result<std::unique_ptr<TcpTransport>> listen(RealLoop& loop, const Identity& identity,
                                                      std::optional<Address> at,
                                                      Cover cover = Cover::encrypted,
                                                      Bandwidth* bandwidth = nullptr);
  ~TcpTransport() override;

  // addresses() is this one from now on. Requires: it listens.
  void advertise(Address address);

  std::vector<Address> addresses() const override;
  Task<Result<std::unique_ptr<Link>>> dial(Address address, std::optional<PeerId> expected,
                                           Time deadline) override;
  Task<std::unique_ptr<Link>> accept() override;

 private:
  class State;
  explicit TcpTransport(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace moshpit
