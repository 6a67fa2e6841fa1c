// Frames on an encrypted stream: a length (u32, little-endian) and as many bytes.
//
// FrameReader cuts what arrives into frames. A length is held against the limit before anything is
// allocated for it, and one above the limit is judged only when every earlier frame has been taken,
// so that a limit raised because of one frame holds for the next one, however early its bytes
// arrived. FrameQueue holds what is to be sent. Neither copies what is large. Both are pure
// machines.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "net/buffer.hpp"
#include "wire/frame.hpp"

namespace moshpit {

inline constexpr std::size_t frame_header_size = sizeof(std::uint32_t);

// What a peer that has proven no more than its key may make us hold: enough for any handshake
// message.
inline constexpr std::size_t first_frame_limit = 64 * 1024;

class FrameReader {
 public:
  void set_limit(std::size_t bytes);

  // Where the next bytes of the stream go, in this order: what belongs to the frame that has begun
  // lands in it at once. Good until the reader is used again.
  struct Room {
    std::span<std::byte> frame;  // may be empty
    std::span<std::byte> behind;
  };
  Room room();
  // So many bytes have come there since. Requires: no more than there was room for.
  void filled(std::size_t bytes);

  // The same for bytes that lie elsewhere.
  void feed(ByteView bytes);

  // The next whole frame; nothing if more bytes are needed or it is too large.
  std::optional<Bytes> take();

  // The next frame claims more than the limit.
  bool too_large() const { return whole_.empty() && claims_too_much(); }

  // Bytes that came and were not taken, but for those of a frame that is not whole yet: they grow
  // when nobody takes frames.
  std::size_t unread() const { return whole_bytes_ + unread_.size(); }

 private:
  std::size_t missing() const { return length_ ? *length_ - here_ : 0; }
  bool claims_too_much() const;
  void advance();
  bool begin(ByteView& rest);
  void finish();

  std::size_t limit_ = first_frame_limit;
  std::deque<Bytes> whole_;
  std::size_t whole_bytes_ = 0;
  std::optional<std::size_t> length_;  // of the frame that has begun
  Bytes body_;                         // its memory, as far as it was needed
  std::size_t here_ = 0;               // what is there of it
  Buffer unread_;                      // part of a header, or all since a length above the limit
  std::size_t room_in_frame_ = 0;      // that was given and is not filled yet
  std::size_t room_behind_ = 0;
};

class FrameQueue {
 public:
  void add_control(Frame frame) { add(control_, std::move(frame)); }
  void add_bulk(Frame frame) { add(bulk_, std::move(frame)); }

  // Bytes on the stream, headers included, that are still to be taken.
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear();

  // The next bytes of the stream, at most `limit`, in pieces that stay where they lie until take(),
  // let_go() or clear() is called. A frame that has begun is finished; otherwise control goes
  // first.
  std::span<const ByteView> take(std::size_t limit);
  // The pieces are not needed any more.
  void let_go();

 private:
  struct Item {
    std::array<std::byte, frame_header_size> length;
    Frame frame;

    std::size_t size() const { return length.size() + frame.size(); }
  };

  void add(std::deque<Item>& queue, Frame frame);
  bool begin();
  bool is_unfinished() const { return !begun_.empty() && sent_ < begun_.back().size(); }
  std::size_t continue_frame(std::size_t limit);

  std::deque<Item> control_;
  std::deque<Item> bulk_;
  std::deque<Item> begun_;  // those that the pieces lie in; only the last may be unfinished
  std::size_t sent_ = 0;    // bytes of the last of them
  std::size_t size_ = 0;
  std::vector<ByteView> pieces_;
};

}  // namespace moshpit
