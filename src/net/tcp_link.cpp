#include "net/tcp_link.hpp"

#include <algorithm>
#include <chrono>

namespace moshpit {
namespace {

// How much plaintext may wait for a receiver before reading pauses: what a few reads bring.
constexpr std::size_t read_ahead_limit = 256 * 1024;

// So much is read at most when the system says that there is something: to be told takes longer
// than to read a frame, and others wait meanwhile.
constexpr std::size_t read_at_once = 256 * 1024;

// A batch and what TLS adds. More piles up only if the other side makes the session answer, as with
// new keys, and does not read the answers.
constexpr std::size_t most_ciphertext = 4 * TlsSession::write_limit;

// A limited peer sends in batches of about this time, so that links that take turns, and control
// frames behind a batch, do not wait for long; but a TLS record at least.
constexpr Duration batch_time = std::chrono::milliseconds(10);
constexpr std::size_t smallest_batch = 16 * 1024;

// What the system may take in for a limited peer that has not read it: some round trips. All of it
// goes before a control frame that comes then.
constexpr Duration taken_in_ahead = std::chrono::milliseconds(200);
constexpr std::size_t least_taken_in = 64 * 1024;
constexpr std::size_t most_taken_in = 4 * 1024 * 1024;

// The loops of a link end with it, and the system says when a socket is dead, so they wait without
// a deadline.
constexpr std::optional<Time> no_deadline;

}  // namespace

TcpLink::TcpLink(Loop& loop, TlsStream stream, Bandwidth* bandwidth)
    : loop_(loop),
      stream_(std::move(stream)),
      bandwidth_(bandwidth),
      arrived_(loop),
      room_(loop),
      outgoing_(loop),
      progress_(loop),
      loops_(loop) {
  if (bandwidth_) obey_limits();
  stream_.read_what_is_here(reader_);
  if (stream_.session().ended()) close();  // right behind its handshake
  room_.set();
  loops_.spawn(read_loop());
  loops_.spawn(write_loop());
}

TcpLink::~TcpLink() = default;

void TcpLink::obey_limits() {
  const std::size_t batch = bandwidth_->up.within(batch_time, TlsSession::write_limit);
  batch_size_ = std::max(batch, smallest_batch);
  if (!bandwidth_->down.limits()) return;
  const std::size_t ahead = bandwidth_->down.within(taken_in_ahead, most_taken_in);
  stream_.take_in_at_most(std::max(ahead, least_taken_in));
}

void TcpLink::set_frame_limit(std::size_t bytes) {
  reader_.set_limit(bytes);
  arrived_.set();
}

void TcpLink::send(Frame frame, Priority priority) {
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
    const std::size_t size = take_in();
    const Time turn = bandwidth_ ? bandwidth_->down.reserve(size, loop_.now()) : loop_.now();
    co_await loop_.sleep_until(turn);
  }
}

// Until there is no more, or enough.
std::size_t TcpLink::take_in() {
  const std::size_t enough = bandwidth_ ? 1 : read_at_once;
  std::size_t all = 0;
  std::optional<std::size_t> size = 1;
  while (size.value_or(0) > 0 && all < enough) {
    size = stream_.read(reader_);
    all += size.value_or(0);
  }
  if (reader_.unread() >= read_ahead_limit) room_.reset();
  if (stream_.session().has_ciphertext()) outgoing_.set();
  arrived_.set();
  const bool flooded = stream_.session().ciphertext().size() > most_ciphertext;
  if (!size || flooded) close();
  return all;
}

Task<> TcpLink::write_loop() {
  bool sound = true;
  while (sound && !mute_) {
    co_await outgoing_.wait();  // no deadline: send() and close() end it
    if (!stream_.has_room()) co_await stream_.writable(no_deadline);
    const Time turn = turn_to_write();
    co_await loop_.sleep_until(turn);
    encrypt_batch();
    const bool sent = co_await stream_.flush(no_deadline);
    sound = sent;
    batch_sent(sound);
  }
}

// What comes meanwhile and overtakes the rest of the queue shares the turn.
Time TcpLink::turn_to_write() {
  const std::size_t size = std::min(queue_.size(), batch_size_);
  return bandwidth_ && size > 0 ? bandwidth_->up.reserve(size, loop_.now()) : loop_.now();
}

void TcpLink::encrypt_batch() {
  if (stream_.session().state() != TlsSession::State::open) return stop_sending();
  const std::size_t queued = queue_.size();
  const auto batch = queue_.take(batch_size_);
  in_flight_ = queued - queue_.size();
  stream_.write(batch);
}

// A broken stream is closed by the read loop, after what the other side sent before it broke.
void TcpLink::batch_sent(bool sound) {
  in_flight_ = 0;
  if (!sound) return stop_sending();
  queue_.let_go();
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
