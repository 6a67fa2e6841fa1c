#include "net/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <chrono>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// How much the system may hold that it has not sent yet. More would only make control frames wait
// behind it.
constexpr int unsent_limit = 128 * 1024;

// The last resort against a machine that vanished, whoever else is watching: bytes that nobody
// acknowledges, or probes of an idle link. It also ends a link whose other side reads nothing for
// so long, so it is well above any pause of a process that will come back.
constexpr auto vanished_after = 30s;
constexpr auto first_probe_after = 10s;
constexpr auto probe_every = 5s;

void set_option(int descriptor, int level, int name, int value) {
  // A system that lacks an option still carries the bytes, so a refusal is not an error.
  static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof value));
}

void tune(int descriptor) {
  set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent_limit);
  set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE,
             std::chrono::seconds(first_probe_after).count());
  set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, std::chrono::seconds(probe_every).count());
  set_option(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT,
             std::chrono::milliseconds(vanished_after).count());
}

}  // namespace

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return Address{address.to_string(), endpoint.port()}.text();
}

TlsStream::TlsStream(Loop& loop, asio::ip::tcp::socket socket, TlsSession session)
    : loop_(loop), socket_(std::move(socket)), session_(std::move(session)) {
  std::error_code problem;  // the other side may be gone already: then reading says so
  remote_ = text_of(socket_.remote_endpoint(problem));
  socket_.non_blocking(true, problem);
  tune(socket_.native_handle());
}

Task<Result<void>> TlsStream::shake_hands(Time deadline) {
  bool going = true;
  while (going && session_.state() == TlsSession::State::handshaking) {
    const bool flushed = co_await flush(deadline);
    const bool came = co_await readable(deadline);
    going = flushed && came && loop_.now() < deadline && take_in();
  }
  co_await flush(deadline);  // our last words: the end of the handshake, or why there will be none
  co_return outcome();
}

Result<void> TlsStream::outcome() const {
  if (session_.state() == TlsSession::State::open) return {};
  if (session_.state() == TlsSession::State::failed) return session_.failure();
  return Error(ErrorCode::unreachable, "it accepted the connection and did not answer in time");
}

Task<bool> TlsStream::readable(std::optional<Time> deadline) {
  return wait_for(asio::ip::tcp::socket::wait_read, deadline);
}

Task<bool> TlsStream::writable(std::optional<Time> deadline) {
  return wait_for(asio::ip::tcp::socket::wait_write, deadline);
}

bool TlsStream::has_room() {
  pollfd socket{.fd = socket_.native_handle(), .events = POLLOUT, .revents = 0};
  return ::poll(&socket, 1, 0) == 1;
}

Task<bool> TlsStream::wait_for(asio::ip::tcp::socket::wait_type what,
                               std::optional<Time> deadline) {
  Completion<std::error_code> ready(loop_);
  socket_.async_wait(what, ready.signal());
  const bool in_time = co_await ready.wait(deadline);
  co_return in_time && !ready.take();
}

std::optional<std::size_t> TlsStream::read(FrameReader& into) {
  if (session_.is_bare()) return read_bare(into);
  const bool open = take_in();
  const std::size_t size = read_what_is_here(into);
  if (!open || session_.ended()) return std::nullopt;
  return size;
}

// False once the stream has ended.
bool TlsStream::take_in() {
  const auto room = session_.room();
  std::error_code problem;
  const std::size_t size = socket_.read_some(asio::buffer(room.data(), room.size()), problem);
  session_.feed(size);
  if (problem) return problem == asio::error::would_block;
  return !session_.ended();
}

std::size_t TlsStream::read_what_is_here(FrameReader& into) {
  std::size_t all = 0;
  std::size_t size = 1;
  while (size > 0) {
    const FrameReader::Room room = into.room();
    size = session_.read(room.frame.empty() ? room.behind : room.frame);
    into.filled(size);
    all += size;
  }
  return all;
}

std::optional<std::size_t> TlsStream::read_bare(FrameReader& into) {
  const FrameReader::Room room = into.room();
  const std::array parts{asio::buffer(room.frame.data(), room.frame.size()),
                         asio::buffer(room.behind.data(), room.behind.size())};
  std::error_code problem;
  const std::size_t size = socket_.read_some(parts, problem);
  into.filled(size);
  if (problem && problem != asio::error::would_block) return std::nullopt;
  return size;
}

void TlsStream::write(std::span<const ByteView> plaintext) {
  MOSHPIT_ASSERT(pieces_.empty());
  if (session_.is_bare()) {
    pieces_.assign(plaintext.begin(), plaintext.end());
    return;
  }
  batch_.clear();
  for (const ByteView piece : plaintext) batch_.append(piece);
  session_.write(batch_.view());
}

Task<bool> TlsStream::flush(std::optional<Time> deadline) {
  bool in_time = true;
  while (in_time && !hand_over()) {
    const bool has_room = co_await writable(deadline);
    in_time = has_room;
  }
  co_return in_time && !broken_;
}

// True if there is nothing left to wait for.
bool TlsStream::hand_over() {
  if (broken_) return true;
  std::error_code problem;
  if (session_.has_ciphertext()) {
    send_ciphertext(problem);
  } else if (!pieces_.empty()) {
    send_pieces(problem);
  }
  broken_ = problem && problem != asio::error::would_block;
  return broken_ || (pieces_.empty() && !session_.has_ciphertext());
}

void TlsStream::send_ciphertext(std::error_code& problem) {
  const ByteView all = session_.ciphertext();
  const ByteView rest = all.subspan(handed_over_);
  handed_over_ += socket_.write_some(asio::buffer(rest.data(), rest.size()), problem);
  if (handed_over_ < all.size()) return;
  session_.ciphertext_sent();
  handed_over_ = 0;
}

void TlsStream::send_pieces(std::error_code& problem) {
  std::vector<asio::const_buffer> parts;
  for (const ByteView piece : pieces_) parts.emplace_back(piece.data(), piece.size());
  std::size_t sent = socket_.write_some(parts, problem);
  const auto whole = std::ranges::find_if(pieces_, [&](const ByteView piece) {
    if (sent < piece.size()) return true;
    sent -= piece.size();
    return false;
  });
  pieces_.erase(pieces_.begin(), whole);
  if (!pieces_.empty()) pieces_.front() = pieces_.front().subspan(sent);
}

void TlsStream::take_in_at_most(std::size_t bytes) {
  set_option(socket_.native_handle(), SOL_SOCKET, SO_RCVBUF, static_cast<int>(bytes));
}

void TlsStream::close() {
  pieces_.clear();          // whoever closes lets go of what they lie in
  std::error_code ignored;  // a socket that cannot be closed is closed
  socket_.close(ignored);
}

}  // namespace moshpit
