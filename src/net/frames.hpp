// Frames on an encrypted stream: a length (u32, little-endian) and as many bytes.
//
// FrameReader cuts what arrives into frames. A length is held against the limit before anything is
// allocated for it, and only when every earlier frame has been taken, so that a limit raised
// because of one frame holds for the next one, however early its bytes arrived. FrameQueue holds
// what is to be sent. Both are pure machines.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/bytes.hpp"
#include "net/buffer.hpp"

namespace moshpit {

inline constexpr std::size_t frame_header_size = sizeof(std::uint32_t);

// What a peer that has proven no more than its key may make us hold: enough for any handshake
// message.
inline constexpr std::size_t first_frame_limit = 64 * 1024;

class FrameReader {
 public:
  void set_limit(std::size_t bytes) { limit_ = bytes; }

  void feed(ByteView bytes);

  // The next whole frame; nothing if more bytes are needed or it is too large.
  std::optional<Bytes> take();

  // The next frame claims more than the limit.
  bool too_large() const;

  // Bytes fed and not yet looked at: they grow when nobody takes frames.
  std::size_t unread() const { return unread_.size() - taken_; }

 private:
  ByteView rest() const { return ByteView(unread_).subspan(taken_); }
  void skip(std::size_t bytes);
  bool begin();

  std::size_t limit_ = first_frame_limit;
  Bytes unread_;
  std::size_t taken_ = 0;              // how much of unread_ has been looked at
  std::optional<std::size_t> length_;  // of the frame that has begun
  Bytes body_;                         // what is there of it
};

class FrameQueue {
 public:
  void add_control(Bytes frame);
  void add_bulk(Bytes frame);

  // Bytes on the stream, headers included, that are still to be taken.
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear();

  // The next bytes of the stream, at most `limit`, until take() is called again. A frame that has
  // begun is finished; otherwise control goes first. Requires: limit > frame_header_size.
  ByteView take(std::size_t limit);

 private:
  bool begin();
  void continue_frame(std::size_t limit);

  std::deque<Bytes> control_;
  std::deque<Bytes> bulk_;
  std::optional<Bytes> begun_;
  std::size_t sent_ = 0;  // bytes of the frame that has begun
  std::size_t size_ = 0;
  Buffer batch_;
};

}  // namespace moshpit
