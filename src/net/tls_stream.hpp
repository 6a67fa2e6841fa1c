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
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "loop/completion.hpp"
#include "loop/task.hpp"
#include "moshpit/result.hpp"
#include "net/buffer.hpp"
#include "net/frames.hpp"
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
  // Whether writable() would not wait: asking costs less than waiting.
  bool has_room();

  // Takes in what has come, and says how many bytes it was in the clear; nothing once the stream
  // has ended. Requires: the session is or was open.
  std::optional<std::size_t> read(FrameReader& into);

  // The first of it can come with the end of the handshake.
  std::size_t read_what_is_here(FrameReader& into);

  // Encrypts what flush() then hands over. Requires: the session is open and nothing is left to
  // flush; at most TlsSession::write_limit bytes. In the clear the pieces are sent from where they
  // lie, and stay there until then or until the stream is closed.
  void write(std::span<const ByteView> plaintext);

  // Until all ciphertext is with the system. False if the deadline came first or the stream is
  // broken.
  Task<bool> flush(std::optional<Time> deadline);

  // Bytes that the system may hold here unread: then TCP makes the other side wait.
  void take_in_at_most(std::size_t bytes);

  // Whoever waits is told.
  void close();

 private:
  Task<bool> wait_for(asio::ip::tcp::socket::wait_type what, std::optional<Time> deadline);
  bool take_in();
  std::optional<std::size_t> read_bare(FrameReader& into);
  bool hand_over();
  void send_ciphertext(std::error_code& problem);
  void send_pieces(std::error_code& problem);
  Result<void> outcome() const;

  Loop& loop_;
  asio::ip::tcp::socket socket_;
  TlsSession session_;
  std::string remote_;
  Buffer batch_;                  // to be encrypted
  std::size_t handed_over_ = 0;   // of the session's ciphertext: how much is with the system
  std::vector<ByteView> pieces_;  // that are sent as they are, once the ciphertext is out
  bool broken_ = false;
};

}  // namespace moshpit
