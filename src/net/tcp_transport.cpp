#include "net/tcp_transport.hpp"

#include "base/assert.hpp"
#include "net/listen_address.hpp"
#include "net/tcp_dial.hpp"
#include "net/tcp_listener.hpp"

namespace moshpit {

class TcpTransport::State {
 public:
  State(RealLoop& real_loop, const Identity& identity, Cover cover, Bandwidth* bandwidth)
      : loop(real_loop.loop()),
        context(real_loop.context()),
        terms{TlsContext(identity, cover), bandwidth} {}

  Loop& loop;
  asio::io_context& context;
  LinkTerms terms;
  std::vector<Address> addresses;
  std::optional<TcpListener> listener;
};

Result<std::unique_ptr<TcpTransport>> TcpTransport::listen(RealLoop& loop, const Identity& identity,
                                                           std::optional<Address> at, Cover cover,
                                                           Bandwidth* bandwidth) {
  auto state = std::make_unique<State>(loop, identity, cover, bandwidth);
  if (at) {
    Result<asio::ip::tcp::acceptor> acceptor = listen_at(state->context, *at);
    if (!acceptor) return acceptor.error();
    state->listener.emplace(state->loop, state->terms, std::move(acceptor).value());
    state->addresses = dialable_addresses(at->host, state->listener->port());
  }
  return std::unique_ptr<TcpTransport>(new TcpTransport(std::move(state)));
}

TcpTransport::TcpTransport(std::unique_ptr<State> state) : state_(std::move(state)) {}
TcpTransport::~TcpTransport() = default;

void TcpTransport::advertise(Address address) {
  MOSHPIT_ASSERT(state_->listener);
  state_->addresses = {std::move(address)};
}

std::vector<Address> TcpTransport::addresses() const { return state_->addresses; }

Task<Result<std::unique_ptr<Link>>> TcpTransport::dial(Address address,
                                                       std::optional<PeerId> expected,
                                                       Time deadline) {
  return dial_address(state_->loop, state_->context, state_->terms, std::move(address), expected,
                      deadline);
}

Task<std::unique_ptr<Link>> TcpTransport::accept() {
  if (!state_->listener) co_return nullptr;         // where nobody can dial, nobody comes
  auto link = co_await state_->listener->accept();  // no deadline: as the listener
  co_return std::move(link);
}

}  // namespace moshpit
