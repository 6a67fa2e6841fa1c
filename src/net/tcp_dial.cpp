#include "net/tcp_dial.hpp"

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "loop/completion.hpp"
#include "net/tls_stream.hpp"

namespace moshpit {
namespace {

using asio::ip::tcp;
using Endpoints = std::vector<tcp::endpoint>;
using Dialled = Result<std::unique_ptr<Link>>;

Error unreachable(const Address& address, const std::string& why) {
  return Error(ErrorCode::unreachable, "Cannot reach " + address.text() + ": " + why +
                                           ". Check that the peer runs and that no firewall is "
                                           "between.");
}

// The error of a handshake, with the address in front.
Error blame(const Address& address, const Error& error) {
  if (error.code() == ErrorCode::unreachable) return unreachable(address, error.message());
  return Error(error.code(), "Refused to talk to " + address.text() + ": " + error.message() + ".");
}

// The system's resolver cannot be interrupted: when nobody waits any more its answer is dropped.
void start_resolving(tcp::resolver& resolver, const Address& address,
                     Completion<Endpoints>::Signal signal) {
  resolver.async_resolve(address.host, std::to_string(address.port), tcp::resolver::numeric_service,
                         [tell = std::move(signal)](std::error_code problem,
                                                    tcp::resolver::results_type found) mutable {
                           Endpoints endpoints;
                           if (!problem) endpoints.assign(found.begin(), found.end());
                           tell(std::move(endpoints));
                         });
}

// Empty if the name is unknown or the answer did not come in time. Numbers need no resolver.
Task<Endpoints> resolve(Loop& loop, asio::io_context& context, Address address, Time deadline) {
  Endpoints endpoints;
  std::error_code problem;
  const auto number = asio::ip::make_address(address.host, problem);
  if (!problem) {
    endpoints.emplace_back(number, address.port);
    co_return std::move(endpoints);
  }
  tcp::resolver resolver(context);
  Completion<Endpoints> resolved(loop);
  start_resolving(resolver, address, resolved.signal());
  const bool in_time = co_await resolved.wait(deadline);
  if (in_time) endpoints = resolved.take();
  co_return std::move(endpoints);
}

Task<Result<void>> connect(Loop& loop, tcp::socket& socket, tcp::endpoint endpoint, Time deadline) {
  Completion<std::error_code> connected(loop);
  socket.async_connect(endpoint, connected.signal());
  const bool in_time = co_await connected.wait(deadline);
  if (!in_time) co_return Error(ErrorCode::unreachable, "nobody answered in time");
  const std::error_code problem = connected.take();
  if (problem) co_return Error(ErrorCode::unreachable, problem.message());
  co_return Result<void>();
}

// Requires: the socket and the session outlive the task, which moves them into the link.
Task<Dialled> dial_endpoint(Loop& loop, tcp::socket& socket, tcp::endpoint endpoint,
                            TlsSession& session, Bandwidth* bandwidth, Time deadline) {
  const auto connected = co_await connect(loop, socket, endpoint, deadline);
  if (!connected) co_return connected.error();
  TlsStream stream(loop, std::move(socket), std::move(session));
  const auto proven = co_await stream.shake_hands(deadline);
  if (!proven) co_return proven.error();
  std::unique_ptr<Link> link = std::make_unique<TcpLink>(loop, std::move(stream), bandwidth);
  co_return std::move(link);
}

// What the attempts that are left may have each, so that a silent one leaves time for the others.
Time share_of(Time now, Time deadline, std::size_t attempts) {
  return now + (deadline - now) / static_cast<std::int64_t>(attempts);
}

}  // namespace

Task<Dialled> dial_address(Loop& loop, asio::io_context& context, LinkTerms terms, Address address,
                           std::optional<PeerId> expected, Time deadline) {
  const auto endpoints = co_await resolve(loop, context, address, deadline);
  Dialled outcome = unreachable(address, "there is no such name, or the name server is silent");
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    tcp::socket socket(context);
    TlsSession session(terms.tls, TlsRole::dialler, expected);
    const tcp::endpoint endpoint = endpoints[i];
    const Time until = share_of(loop.now(), deadline, endpoints.size() - i);
    auto attempt = co_await dial_endpoint(loop, socket, endpoint, session, terms.bandwidth, until);
    if (attempt) co_return std::move(attempt);
    outcome = blame(address, attempt.error());
    if (outcome.error().code() == ErrorCode::refused) break;  // somebody did answer
  }
  co_return std::move(outcome);
}

}  // namespace moshpit
