#include "net/tcp_listener.hpp"

#include <asio/ip/v6_only.hpp>
#include <cerrno>
#include <chrono>
#include <string>

#include "loop/completion.hpp"
#include "net/listen_address.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

// Two round trips over the worst satellite, and a computer that is busy.
constexpr auto admission_patience = 5s;

// Connections that may stand without having proven a key. One costs about 60 KB.
constexpr std::size_t guest_limit = 64;

// Links that nobody has accepted yet. Anybody can make a key, so this too is bounded.
constexpr std::size_t unaccepted_limit = 64;

// When the process has no descriptor left, the connection waits in the system's queue.
constexpr auto accept_pause = 100ms;

Error listen_error(const Address& address, std::error_code problem) {
  if (problem == asio::error::address_in_use) {
    return Error(ErrorCode::address_in_use,
                 "Cannot listen at " + address.text() +
                     ": another program has this port. Choose another port, or 0 for any.");
  }
  // Asio's errors do not compare equal to std::errc.
  const std::error_code not_ours(EADDRNOTAVAIL, asio::error::get_system_category());
  const bool foreign =
      problem == not_ours || problem.category() == asio::error::get_netdb_category();
  return Error(foreign ? ErrorCode::invalid_argument : ErrorCode::io,
               "Cannot listen at " + address.text() + ": " + problem.message() +
                   ". Use an address of this machine, or 0.0.0.0 for all of them.");
}

// Done once, before anything runs, so a name may take its time.
tcp::endpoint resolve_here(asio::io_context& context, const Address& address,
                           std::error_code& problem) {
  const auto number = asio::ip::make_address(address.host, problem);
  if (!problem) return tcp::endpoint(number, address.port);
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                      tcp::resolver::numeric_service, problem);
  return problem ? tcp::endpoint() : tcp::endpoint(*found.begin());
}

}  // namespace

Result<tcp::acceptor> listen_at(asio::io_context& context, const Address& address) {
  std::error_code problem;
  const tcp::endpoint endpoint = resolve_here(context, address, problem);
  tcp::acceptor acceptor(context);
  if (!problem) acceptor.open(endpoint.protocol(), problem);
  // A restarted peer gets its port back although old connections linger in the system.
  if (!problem) acceptor.set_option(tcp::acceptor::reuse_address(true), problem);
  if (!problem && address.host == "::") {
    acceptor.set_option(asio::ip::v6_only(false), problem);
  }
  if (!problem) acceptor.bind(endpoint, problem);
  if (!problem) acceptor.listen(tcp::acceptor::max_listen_connections, problem);
  if (!problem) acceptor.non_blocking(true, problem);
  if (problem) return listen_error(address, problem);
  return acceptor;
}

TcpListener::TcpListener(Loop& loop, LinkTerms terms, tcp::acceptor acceptor)
    : loop_(loop),
      terms_(terms),
      acceptor_(std::move(acceptor)),
      port_(0),
      links_(loop),
      accepting_(loop),
      admissions_(loop) {
  std::error_code problem;
  port_ = acceptor_.local_endpoint(problem).port();
  accepting_.spawn(accept_loop());
}

Task<std::unique_ptr<Link>> TcpListener::accept() {
  auto link = co_await links_.receive();  // no deadline: somebody dials us or nobody does
  if (!link) co_return nullptr;
  co_return *std::move(link);
}

Task<> TcpListener::accept_loop() {
  bool listening = true;
  while (listening) {
    Completion<std::error_code> came(loop_);
    acceptor_.async_wait(tcp::acceptor::wait_read, came.signal());
    co_await came.wait(std::nullopt);  // no deadline: the loop ends with the listener
    if (!take_connection()) co_await loop_.sleep_for(accept_pause);
  }
}

// False if the system has no means for another connection just now.
bool TcpListener::take_connection() {
  std::error_code problem;
  tcp::socket socket(acceptor_.get_executor());
  acceptor_.accept(socket, problem);
  if (!problem) welcome(std::move(socket));
  return !problem || problem == asio::error::would_block ||
         problem == asio::error::connection_aborted;
}

// When strangers fill the house, the one that has been silent longest goes: a peer proves its key
// within a few round trips, so it is gone from the list before it is the oldest.
void TcpListener::welcome(tcp::socket socket) {
  if (admissions_.running() >= guest_limit && !guests_.empty()) {
    guests_.front().stream.close();
    guests_.front().unlink();
  }
  admissions_.spawn(admit(std::move(socket)));
}

Task<> TcpListener::admit(tcp::socket socket) {
  const Time deadline = loop_.now() + admission_patience;
  TlsSession session(terms_.tls, TlsRole::listener, std::nullopt);
  Guest guest(TlsStream(loop_, std::move(socket), std::move(session)));
  guests_.push_back(guest);
  const auto proven = co_await guest.stream.shake_hands(deadline);
  if (proven) hand_out(std::move(guest.stream));
}

void TcpListener::hand_out(TlsStream stream) {
  if (links_.size() >= unaccepted_limit) return;
  links_.put(std::make_unique<TcpLink>(loop_, std::move(stream), terms_.bandwidth));
}

}  // namespace moshpit
