// TcpListener: takes in connections, lets them prove a key, and hands out the links.
//
// Private to net/, as tls_stream.hpp is. One thread: the loop's.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <memory>

#include "base/address.hpp"
#include "loop/intrusive_list.hpp"
#include "loop/mailbox.hpp"
#include "loop/task_group.hpp"
#include "net/tcp_link.hpp"
#include "net/tls_stream.hpp"
#include "net/transport.hpp"

namespace moshpit {

// A socket that listens. Errors: address_in_use, invalid_argument, io.
Result<asio::ip::tcp::acceptor> listen_at(asio::io_context& context, const Address& address);

class TcpListener {
 public:
  TcpListener(Loop& loop, LinkTerms terms, asio::ip::tcp::acceptor acceptor);

  std::uint16_t port() const { return port_; }
  Task<std::unique_ptr<Link>> accept();

 private:
  // A connection that has proven nothing yet.
  struct Guest : ListHook {
    explicit Guest(TlsStream connected) : stream(std::move(connected)) {}
    TlsStream stream;
  };

  Task<> accept_loop();
  bool take_connection();
  void welcome(asio::ip::tcp::socket socket);
  Task<> admit(asio::ip::tcp::socket socket);
  void hand_out(TlsStream stream);

  Loop& loop_;
  LinkTerms terms_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  Mailbox<std::unique_ptr<Link>> links_;
  IntrusiveList<Guest> guests_;  // the oldest first
  TaskGroup accepting_;
  TaskGroup admissions_;
};

}  // namespace moshpit
