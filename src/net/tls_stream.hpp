// TlsStream: a TCP socket with a TlsSession on it. It carries ciphertext between the two and
// decides nothing.
//
// Private to net/: it includes Asio, so only .cpp files of net/ and headers like this one include
// it. Reads and writes never block and happen only when the system says that the socket is ready,
// so no operation of the system ever holds a buffer, and whoever waits may be destroyed at any
// time. One thread: the loop's.
#pragma once

#include <asio/ip/tcp.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "loop/completion.hpp"
#include "loop/task.hpp"
#include "moshpit/result.hpp"
#include "net/tls.hpp"

namespace moshpit {

// "192.0.2.7:4000", also for an IPv4 address that came in over an IPv6 socket.
std::string text_of(const asio::ip::tcp::endpoint& endpoint);

class TlsStream {
 public:
  // Requires: the socket is connected.
  TlsStream(Loop& loop, asio::ip::tcp::socket socket, TlsSession session);

  TlsSession& session() { return session_; }
  const TlsSession& session() const { return session_; }
  const std::string& remote() const { return remote_; }

  // Errors: refused if the other side is not who it should be or no moshpit peer, unreachable if it
  // closed or was too slow.
  Task<Result<void>> shake_hands(Time deadline);

  // Until there is something to read, or room for something to write. False if the deadline came
  // first or the socket was closed from this side.
  Task<bool> readable(std::optional<Time> deadline);
  Task<bool> writable(std::optional<Time> deadline);

  // Takes in what has come. False once the stream has ended.
  bool read();

  // What read() has added; the first of it can come with the end of the handshake. Whoever has
  // looked at it clears it.
  Buffer& plaintext() { return plaintext_; }

  // Encrypts what flush() then hands over. Requires: the session is open and nothing is left to
  // flush; at most TlsSession::write_limit bytes.
  void write(ByteView plaintext);

  // Until all ciphertext is with the system. False if the deadline came first or the stream is
  // broken.
  Task<bool> flush(std::optional<Time> deadline);

  // Bytes that the system may hold here unread: then TCP makes the other side wait.
  void take_in_at_most(std::size_t bytes);

  // Whoever waits is told.
  void close();

 private:
  Task<bool> wait_for(asio::ip::tcp::socket::wait_type what, std::optional<Time> deadline);
  bool read_bare();
  bool hand_over();
  Result<void> outcome() const;

  Loop& loop_;
  asio::ip::tcp::socket socket_;
  TlsSession session_;
  std::string remote_;
  Buffer plaintext_;
  Buffer outgoing_;              // ciphertext on its way to the system
  std::size_t handed_over_ = 0;  // how much of it is there
  bool broken_ = false;
};

}  // namespace moshpit
