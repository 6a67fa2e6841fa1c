#include "net/tcp_link.hpp"

#include <limits>

namespace moshpit {
namespace {

// How much plaintext may wait for a receiver before reading pauses: what a few reads bring.
constexpr std::size_t read_ahead_limit = 256 * 1024;

// The loops of a link end with it, and the system says when a socket is dead, so they wait without
// a deadline.
constexpr std::optional<Time> no_deadline;

}  // namespace

TcpLink::TcpLink(Loop& loop, TlsStream stream)
    : stream_(std::move(stream)),
      arrived_(loop),
      room_(loop),
      outgoing_(loop),
      progress_(loop),
      loops_(loop) {
  reader_.feed(stream_.take_plaintext());
  room_.set();
  loops_.spawn(read_loop());
  loops_.spawn(write_loop());
}

TcpLink::~TcpLink() = default;

void TcpLink::set_frame_limit(std::size_t bytes) {
  reader_.set_limit(bytes);
  arrived_.set();
}

void TcpLink::send(Bytes frame, Priority priority) {
  MOSHPIT_ASSERT(frame.size() <= std::numeric_limits<std::uint32_t>::max());
  if (mute_) return;
  if (priority == Priority::control) {
    queue_.add_control(std::move(frame));
  } else {
    queue_.add_bulk(std::move(frame));
  }
  outgoing_.set();
}

Task<std::optional<Bytes>> TcpLink::receive() {
  std::optional<Bytes> frame = next_frame();
  while (!frame && !closed_) {
    arrived_.reset();
    co_await arrived_.wait();  // no deadline: a dead link closes, and that is an arrival
    frame = next_frame();
  }
  co_return std::move(frame);
}

std::optional<Bytes> TcpLink::next_frame() {
  std::optional<Bytes> frame = reader_.take();
  if (!frame && reader_.too_large()) close();
  if (reader_.unread() < read_ahead_limit) room_.set();
  return frame;
}

// A link that is destroyed meanwhile is not touched again: its events then wake nobody but by the
// deadline.
Task<bool> TcpLink::drained(std::size_t bytes, Time deadline) {
  bool in_time = true;
  while (!mute_ && backlog() > bytes) {
    progress_.reset();
    const bool came = co_await progress_.wait_until(deadline);
    in_time = came;
    if (!in_time) co_return false;
  }
  co_return !mute_;
}

Task<> TcpLink::read_loop() {
  bool open = true;
  while (open && !closed_) {
    co_await room_.wait();  // no deadline: receive() and close() end it
    const bool came = co_await stream_.readable(no_deadline);
    open = came;
    take_in();
  }
}

void TcpLink::take_in() {
  const bool open = stream_.read();
  const Bytes plaintext = stream_.take_plaintext();
  reader_.feed(plaintext);
  if (reader_.unread() >= read_ahead_limit) room_.reset();
  if (stream_.session().has_ciphertext()) outgoing_.set();
  arrived_.set();
  if (!open) close();
}

Task<> TcpLink::write_loop() {
  bool sound = true;
  while (sound && !mute_) {
    co_await outgoing_.wait();  // no deadline: send() and close() end it
    co_await stream_.writable(no_deadline);
    encrypt_batch();
    const bool sent = co_await stream_.flush(no_deadline);
    sound = sent;
    batch_sent(sound);
  }
}

void TcpLink::encrypt_batch() {
  if (stream_.session().state() != TlsSession::State::open) return stop_sending();
  const Bytes batch = queue_.take(TlsSession::write_limit);
  in_flight_ = batch.size();
  stream_.session().write(batch);
}

// A broken stream is closed by the read loop, after what the other side sent before it broke.
void TcpLink::batch_sent(bool sound) {
  in_flight_ = 0;
  if (!sound) return stop_sending();
  if (queue_.empty()) outgoing_.reset();
  progress_.set();
}

void TcpLink::stop_sending() {
  mute_ = true;
  queue_.clear();
  in_flight_ = 0;
  progress_.set();
}

void TcpLink::close() {
  closed_ = true;
  stop_sending();
  stream_.close();
  arrived_.set();
  room_.set();
  outgoing_.set();
}

}  // namespace moshpit
