// TlsSession: one side of one TLS 1.3 connection, as a machine over buffers: ciphertext in,
// ciphertext out. No sockets.
//
// Both sides show a self-signed Ed25519 certificate; the hash of its key is the peer id, and no
// authority is asked. Nothing is resumed: no tickets, no early data. A peer that does anything else
// fails the session and nothing more. A TlsContext is what all sessions of one identity share. One
// thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/result.hpp"
#include "net/tls_bio.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace moshpit {

class Identity;

// What becomes of bytes after the handshake, which proves the keys of both sides in any case.
// Plaintext is for measuring what encryption costs, and for nothing else. The two refuse one
// another.
enum class Cover { encrypted, plaintext };

class TlsContext {
 public:
  explicit TlsContext(const Identity& identity, Cover cover = Cover::encrypted);
  TlsContext(const TlsContext& other);
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  struct Release {
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Release> context_;
  Cover cover_;
};

enum class TlsRole { dialler, listener };

class TlsSession {
 public:
  // Large batches cost the fewest calls; more than this would only make control messages wait.
  static constexpr std::size_t write_limit = 256 * 1024;

  // If `expected` is given, only the peer with that id is talked to.
  TlsSession(const TlsContext& context, TlsRole role, std::optional<PeerId> expected);
  TlsSession(TlsSession&& other) noexcept;
  TlsSession& operator=(TlsSession&& other) noexcept;
  ~TlsSession();

  enum class State { handshaking, open, closed, failed };
  State state() const { return state_; }
  // Open, and nothing is encrypted: what is on its way may pass the session by, once what has been
  // fed is out.
  bool is_bare() const;
  bool ended() const { return state_ == State::closed || state_ == State::failed; }

  // Why it failed, with code refused. Requires: state() == failed.
  const Error& failure() const { return *failure_; }

  // Where bytes from the other side go, whatever they are; feed() says how many came.
  std::span<std::byte> room();
  void feed(std::size_t bytes);
  // The plaintext in them, as far as there is room; 0 if nothing more of it is there.
  std::size_t read(std::span<std::byte> room);

  // Encrypts. Requires: state() == open, at most write_limit bytes.
  void write(ByteView plaintext);

  // What must be carried to the other side, also while handshaking and after a failure. It stays
  // where it is until the session is used again.
  bool has_ciphertext() const { return !ciphertext().empty(); }
  ByteView ciphertext() const { return ciphertext_->out.view(); }
  void ciphertext_sent() { ciphertext_->out.clear(); }  // all of it

  // Requires: the session is open or was.
  const PeerId& peer() const { return *peer_; }
  // 32 bytes that both sides of this session know and nobody else does (RFC 8446, section 7.5).
  const Bytes& binding() const { return binding_; }

  // Encrypts with a new key from here on. write() does it by itself in time. Requires: state() ==
  // open and encrypted.
  void renew_key();

 private:
  friend class TlsContext;
  struct Release {
    void operator()(ssl_st* session) const;
  };
  struct Verdict;

  void shake_hands();
  void opened();
  bool same_protocol() const;
  void handle_failure(int returned);
  void fail(std::string why);

  // ssl_ refers to both, so they are destroyed after it.
  std::unique_ptr<Verdict> verdict_;
  std::unique_ptr<Ciphertext> ciphertext_ = std::make_unique<Ciphertext>();
  std::unique_ptr<ssl_st, Release> ssl_;
  State state_ = State::handshaking;
  std::optional<Error> failure_;
  std::optional<PeerId> peer_;
  Bytes binding_;
  std::size_t records_ = 0;  // written with the present key
};

}  // namespace moshpit
