#include "net/frames.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.hpp"

namespace moshpit {

// What belongs to the frame that has begun goes there at once.
void FrameReader::feed(ByteView bytes) {
  if (length_ && unread() == 0) {
    const std::size_t here = std::min(*length_ - body_.size(), bytes.size());
    append(body_, bytes.first(here));
    bytes = bytes.subspan(here);
  }
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  append(unread_, bytes);
}

std::optional<Bytes> FrameReader::take() {
  if (!length_ && !begin()) return std::nullopt;
  const std::size_t here = std::min(*length_ - body_.size(), unread());
  append(body_, rest().first(here));
  skip(here);
  if (body_.size() < *length_) return std::nullopt;
  length_.reset();
  return std::exchange(body_, Bytes());
}

bool FrameReader::too_large() const {
  return !length_ && unread() >= frame_header_size &&
         read_little_endian<std::uint32_t>(rest()) > limit_;
}

void FrameReader::skip(std::size_t bytes) {
  taken_ += bytes;
  if (taken_ < unread_.size()) return;
  unread_.clear();
  taken_ = 0;
}

// Reserving is enough: the system gives memory only to what is then filled with bytes that really
// came.
bool FrameReader::begin() {
  if (unread() < frame_header_size || too_large()) return false;
  length_ = read_little_endian<std::uint32_t>(rest());
  skip(frame_header_size);
  body_.reserve(*length_);
  return true;
}

void FrameQueue::add_control(Bytes frame) {
  size_ += frame_header_size + frame.size();
  control_.push_back(std::move(frame));
}

void FrameQueue::add_bulk(Bytes frame) {
  size_ += frame_header_size + frame.size();
  bulk_.push_back(std::move(frame));
}

void FrameQueue::clear() { *this = FrameQueue(); }

ByteView FrameQueue::take(std::size_t limit) {
  MOSHPIT_ASSERT(limit > frame_header_size);
  batch_.clear();
  while (batch_.size() + frame_header_size <= limit && (begun_ || begin())) {
    continue_frame(limit);
  }
  size_ -= batch_.size();
  return batch_.view();
}

bool FrameQueue::begin() {
  std::deque<Bytes>& next = control_.empty() ? bulk_ : control_;
  if (next.empty()) return false;
  MOSHPIT_ASSERT(next.front().size() <= std::numeric_limits<std::uint32_t>::max());
  begun_ = std::move(next.front());
  next.pop_front();
  sent_ = 0;
  Bytes length;
  append_little_endian(length, static_cast<std::uint32_t>(begun_->size()));
  batch_.append(length);
  return true;
}

void FrameQueue::continue_frame(std::size_t limit) {
  const std::size_t piece = std::min(begun_->size() - sent_, limit - batch_.size());
  batch_.append(ByteView(*begun_).subspan(sent_, piece));
  sent_ += piece;
  if (sent_ == begun_->size()) begun_.reset();
}

}  // namespace moshpit
