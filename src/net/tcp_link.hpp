// TcpLink: a Link over a TlsStream whose peer is proven. Two loops carry: one takes in what comes,
// one encrypts and sends what is queued; FrameReader and FrameQueue decide.
//
// Private to net/, as tls_stream.hpp is. A batch is encrypted only when the system has room for it,
// so that control frames overtake everything else that is queued. What comes is read ahead only a
// little when nobody receives: then TCP makes the other side wait. Destroying the link closes it at
// once and says no farewell: a closed laptop says none either, and every frame is authenticated.
// One thread: the loop's.
#pragma once

#include "loop/event.hpp"
#include "loop/task_group.hpp"
#include "net/frames.hpp"
#include "net/tls_stream.hpp"
#include "net/token_bucket.hpp"
#include "net/transport.hpp"

namespace moshpit {

// What all links of a transport begin with.
struct LinkTerms {
  TlsContext tls;
  Bandwidth* bandwidth = nullptr;
};

class TcpLink final : public Link {
 public:
  // Requires: the handshake is done, and the bandwidth, if there is one, outlives the link.
  TcpLink(Loop& loop, TlsStream stream, Bandwidth* bandwidth);
  ~TcpLink() override;

  const PeerId& peer() const override { return stream_.session().peer(); }
  const Bytes& binding() const override { return stream_.session().binding(); }
  std::string remote() const override { return stream_.remote(); }
  void set_frame_limit(std::size_t bytes) override;
  void send(Frame frame, Priority priority) override;
  Task<std::optional<Bytes>> receive() override;
  std::size_t backlog() const override { return queue_.size() + in_flight_; }
  Task<bool> drained(std::size_t bytes, Time deadline) override;

 private:
  Task<> read_loop();
  Task<> write_loop();
  void obey_limits();
  Time turn_to_write();
  std::size_t take_in();
  std::optional<Bytes> next_frame();
  void encrypt_batch();
  void batch_sent(bool sound);
  void stop_sending();
  void close();

  Loop& loop_;
  TlsStream stream_;
  Bandwidth* bandwidth_;  // null: as much as the line carries
  FrameReader reader_;
  FrameQueue queue_;
  std::size_t batch_size_ = TlsSession::write_limit;
  std::size_t in_flight_ = 0;  // plaintext bytes encrypted and not yet with the system
  bool closed_ = false;        // nothing more will come
  bool mute_ = false;          // nothing more can be sent
  Event arrived_;              // something came, or the link closed
  Event room_;                 // little enough is read ahead
  Event outgoing_;             // something is to be sent
  Event progress_;             // the backlog shrank, or nothing more can be sent
  TaskGroup loops_;
};

}  // namespace moshpit
