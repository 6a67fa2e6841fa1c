#include "net/frames.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// A frame grows by so much at a time: the system gives memory only to what is then filled with
// bytes that really come.
constexpr std::size_t growth = 64 * 1024;

// What comes behind the end of a frame is copied once more, so there is room for little.
constexpr std::size_t room_behind_frame = 1024;
constexpr std::size_t room_without_frame = 8 * 1024;

}  // namespace

void FrameReader::set_limit(std::size_t bytes) {
  limit_ = bytes;
  advance();
}

FrameReader::Room FrameReader::room() {
  room_in_frame_ = std::min(missing(), growth);
  if (body_.size() < here_ + room_in_frame_) body_.resize(here_ + room_in_frame_);
  room_behind_ = length_ ? room_behind_frame : room_without_frame;
  return {std::span(body_).subspan(here_, room_in_frame_), unread_.grow(room_behind_)};
}

void FrameReader::filled(std::size_t bytes) {
  const std::size_t in_frame = std::min(bytes, std::exchange(room_in_frame_, 0));
  here_ += in_frame;
  MOSHPIT_ASSERT(bytes - in_frame <= room_behind_);
  unread_.shrink(std::exchange(room_behind_, 0) - (bytes - in_frame));
  advance();
}

void FrameReader::feed(ByteView bytes) {
  while (!bytes.empty()) {
    const Room there = room();
    const auto part = there.frame.empty() ? there.behind : there.frame;
    const std::size_t size = std::min(part.size(), bytes.size());
    std::memcpy(part.data(), bytes.data(), size);
    filled(size);
    bytes = bytes.subspan(size);
  }
}

std::optional<Bytes> FrameReader::take() {
  if (whole_.empty()) return std::nullopt;
  Bytes frame = std::move(whole_.front());
  whole_.pop_front();
  whole_bytes_ -= frame_header_size + frame.size();
  return frame;
}

bool FrameReader::claims_too_much() const {
  return !length_ && unread_.size() >= frame_header_size &&
         read_little_endian<std::uint32_t>(unread_.view()) > limit_;
}

// As far as the bytes go that are there. What is left of them is moved once, however many frames
// there were.
void FrameReader::advance() {
  ByteView rest = unread_.view();
  while (length_ || begin(rest)) {
    const ByteView more = rest.first(std::min(missing(), rest.size()));
    rest = rest.subspan(more.size());
    body_.resize(here_);
    append(body_, more);
    here_ += more.size();
    if (missing() > 0) break;
    finish();
  }
  unread_.drop(unread_.size() - rest.size());
}

// Takes the header off the bytes that are there.
bool FrameReader::begin(ByteView& rest) {
  if (rest.size() < frame_header_size) return false;
  const auto length = read_little_endian<std::uint32_t>(rest);
  if (length > limit_) return false;
  rest = rest.subspan(frame_header_size);
  length_ = length;
  here_ = 0;
  body_.reserve(length);
  return true;
}

void FrameReader::finish() {
  length_.reset();
  here_ = 0;
  whole_bytes_ += frame_header_size + body_.size();
  whole_.push_back(std::exchange(body_, Bytes()));
}

void FrameQueue::add(std::deque<Item>& queue, Frame frame) {
  MOSHPIT_ASSERT(frame.size() <= std::numeric_limits<std::uint32_t>::max());
  Item item{.length = {}, .frame = std::move(frame)};
  const auto length = static_cast<std::uint32_t>(item.frame.size());
  for (std::size_t i = 0; i < item.length.size(); ++i) {
    item.length[i] = static_cast<std::byte>(length >> (8 * i));
  }
  size_ += item.size();
  queue.push_back(std::move(item));
}

void FrameQueue::clear() { *this = FrameQueue(); }

void FrameQueue::let_go() {
  pieces_.clear();
  while (begun_.size() > (is_unfinished() ? 1 : 0)) begun_.pop_front();
}

std::span<const ByteView> FrameQueue::take(std::size_t limit) {
  let_go();
  std::size_t taken = 0;
  while (taken < limit && (is_unfinished() || begin())) taken += continue_frame(limit - taken);
  size_ -= taken;
  return pieces_;
}

bool FrameQueue::begin() {
  std::deque<Item>& next = control_.empty() ? bulk_ : control_;
  if (next.empty()) return false;
  begun_.push_back(std::move(next.front()));
  next.pop_front();
  sent_ = 0;
  return true;
}

// As much of the rest of the frame as is allowed.
std::size_t FrameQueue::continue_frame(std::size_t limit) {
  const Item& item = begun_.back();
  std::size_t skip = sent_;
  std::size_t taken = 0;
  for (const ByteView part : {ByteView(item.length), item.frame.first(), item.frame.second()}) {
    const std::size_t skipped = std::min(skip, part.size());
    skip -= skipped;
    const ByteView piece = part.subspan(skipped, std::min(limit - taken, part.size() - skipped));
    if (!piece.empty()) pieces_.push_back(piece);
    taken += piece.size();
  }
  sent_ += taken;
  return taken;
}

}  // namespace moshpit
