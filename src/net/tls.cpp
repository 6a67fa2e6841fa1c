#include "net/tls.hpp"

#include <array>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string_view>

#include "base/assert.hpp"
#include "net/identity.hpp"

namespace moshpit {
namespace {

// The largest plaintext of one TLS record (RFC 8446, section 5.1).
constexpr std::size_t record_size = 16 * 1024;

// Room for one read: large enough that the system call does not count.
constexpr std::size_t read_size = 64 * 1024;

// AES-GCM is safe for 2^24.5 full records with one key (RFC 8446, section 5.5); this stays well
// below.
constexpr std::size_t records_per_key = std::size_t{1} << 23;

// Ours has about 300 bytes; a stranger cannot make us hold more than this.
constexpr long certificate_limit = 4096;

// AES-128-GCM is the fastest where the CPU helps; the others are there for machines without such
// help.
constexpr const char* cipher_suites =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";

constexpr std::string_view binding_label = "EXPORTER-moshpit-link";
constexpr std::size_t binding_size = 32;

// What the two sides must agree on in the handshake (ALPN, RFC 7301), in its form: a length and the
// name.
std::string_view protocol_of(Cover cover) {
  return cover == Cover::encrypted ? "\x09moshpit/1" : "\x11moshpit-plaintext";
}

constexpr const char* covers_differ =
    "one side encrypts and the other does not, which is for measuring only";

// What either side finds when the other's protocol is another one.
bool is_about_protocols(unsigned long error) {
  const int reason = ERR_GET_REASON(error);
  return reason == SSL_R_NO_APPLICATION_PROTOCOL ||
         reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL;
}

std::string no_peer(const std::string& why) {
  return "no moshpit peer answers there (" + why + ")";
}

// The id of a certificate's key; nothing unless it is an Ed25519 key that signed the certificate
// itself. That the other side has the private key is proven by the handshake, after this.
std::optional<PeerId> id_of(X509* certificate) {
  EVP_PKEY* key = certificate ? X509_get0_pubkey(certificate) : nullptr;
  if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return std::nullopt;
  if (X509_verify(certificate, key) != 1) return std::nullopt;
  std::array<std::byte, 32> bytes{};
  std::size_t size = bytes.size();
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  if (EVP_PKEY_get_raw_public_key(key, out, &size) != 1 || size != bytes.size()) {
    return std::nullopt;
  }
  return peer_id_of(bytes);
}

}  // namespace

struct TlsSession::Verdict {
  Cover cover;
  std::optional<PeerId> expected;
  std::optional<PeerId> shown;

  bool good() const { return shown && (!expected || *expected == *shown); }

  // Stands in for the check of a certificate chain.
  static int judge(X509_STORE_CTX* store, void*) {
    void* ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    auto* verdict = static_cast<Verdict*>(SSL_get_app_data(static_cast<SSL*>(ssl)));
    verdict->shown = id_of(X509_STORE_CTX_get0_cert(store));
    if (verdict->good()) return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
  }

  // The listener's choice among the dialler's protocols: its own or none.
  static int choose(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
    const auto* verdict = static_cast<Verdict*>(SSL_get_app_data(ssl));
    const std::string_view all(reinterpret_cast<const char*>(offered), offered_size);
    if (all != protocol_of(verdict->cover)) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = offered + 1;
    *size = offered[0];
    return SSL_TLSEXT_ERR_OK;
  }
};

void TlsContext::Release::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

TlsContext::TlsContext(const Identity& identity, Cover cover)
    : context_(SSL_CTX_new(TLS_method())), cover_(cover) {
  SSL_CTX* context = context_.get();
  MOSHPIT_ASSERT(context);  // fails only without memory
  bool done = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1;
  done = done && SSL_CTX_set_ciphersuites(context, cipher_suites) == 1;
  done = done && SSL_CTX_set1_groups_list(context, "X25519") == 1;
  done = done && SSL_CTX_set1_sigalgs_list(context, "ed25519") == 1;
  done = done && SSL_CTX_set1_client_sigalgs_list(context, "ed25519") == 1;
  done = done && SSL_CTX_use_certificate(context, identity.certificate()) == 1;
  done = done && SSL_CTX_use_PrivateKey(context, identity.private_key()) == 1;
  done = done && SSL_CTX_set_num_tickets(context, 0) == 1;
  const std::string_view protocol = protocol_of(cover);
  done = done && SSL_CTX_set_alpn_protos(
                     context, reinterpret_cast<const unsigned char*>(protocol.data()),
                     static_cast<unsigned int>(protocol.size())) == 0;  // here 0 is success
  MOSHPIT_ASSERT(done);
  SSL_CTX_set_alpn_select_cb(context, TlsSession::Verdict::choose, nullptr);
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, certificate_limit);
  SSL_CTX_set_cert_verify_callback(context, TlsSession::Verdict::judge, nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

TlsContext::TlsContext(const TlsContext& other)
    : context_(other.context_.get()), cover_(other.cover_) {
  SSL_CTX_up_ref(context_.get());
}

void TlsSession::Release::operator()(ssl_st* session) const { SSL_free(session); }

TlsSession::TlsSession(const TlsContext& context, TlsRole role, std::optional<PeerId> expected)
    : verdict_(std::make_unique<Verdict>(Verdict{context.cover_, expected, std::nullopt})),
      ssl_(SSL_new(context.context_.get())) {
  MOSHPIT_ASSERT(ssl_);  // fails only without memory
  SSL_set_app_data(ssl_.get(), verdict_.get());
  BIO* bio = bio_over(*ciphertext_);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (role == TlsRole::listener) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    shake_hands();
  }
}

TlsSession::TlsSession(TlsSession&& other) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&& other) noexcept = default;
TlsSession::~TlsSession() = default;

bool TlsSession::is_bare() const {
  return state_ == State::open && verdict_->cover == Cover::plaintext;
}

std::span<std::byte> TlsSession::room() { return ciphertext_->room(read_size); }

void TlsSession::feed(std::size_t bytes) {
  ciphertext_->in.shrink(read_size - bytes);
  if (state_ == State::handshaking && bytes > 0) shake_hands();
  if (ended()) ciphertext_->discard();
}

// The handshake takes no byte beyond its own, so that what came behind it in the clear is there.
std::size_t TlsSession::read(std::span<std::byte> room) {
  if (state_ != State::open) return 0;
  if (verdict_->cover == Cover::plaintext) return ciphertext_->take(room);
  ERR_clear_error();
  std::size_t size = 0;
  const int returned = SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
  if (returned != 1) handle_failure(returned);
  return size;
}

void TlsSession::shake_hands() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned == 1) return opened();
  handle_failure(returned);
}

// Who offers or chooses no protocol at all is no moshpit peer.
bool TlsSession::same_protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  const std::string_view chosen(reinterpret_cast<const char*>(name), size);
  return chosen == protocol_of(verdict_->cover).substr(1);
}

void TlsSession::opened() {
  if (!same_protocol()) return fail(no_peer("it speaks another protocol"));
  peer_ = verdict_->shown;
  MOSHPIT_ASSERT(peer_ && verdict_->good());
  binding_.resize(binding_size);
  const int done = SSL_export_keying_material(
      ssl_.get(), reinterpret_cast<unsigned char*>(binding_.data()), binding_.size(),
      binding_label.data(), binding_label.size(), nullptr, 0, 0);
  MOSHPIT_ASSERT(done == 1);
  state_ = State::open;
}

void TlsSession::handle_failure(int returned) {
  const int problem = SSL_get_error(ssl_.get(), returned);
  if (problem == SSL_ERROR_WANT_READ) return;  // no failure: the rest has not come yet
  if (problem == SSL_ERROR_ZERO_RETURN && state_ == State::open) {
    state_ = State::closed;
    return;
  }
  const auto error = ERR_peek_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  if (verdict_->shown && !verdict_->good()) {
    fail("another peer is there, " + verdict_->shown->brief() + " instead of " +
         verdict_->expected->brief() + ": the address is out of date");
  } else if (is_about_protocols(error)) {
    fail(covers_differ);
  } else {
    fail(no_peer(reason ? reason : "it ended the connection"));
  }
}

void TlsSession::fail(std::string why) {
  state_ = State::failed;
  failure_ = Error(ErrorCode::refused, std::move(why));
}

void TlsSession::write(ByteView plaintext) {
  MOSHPIT_ASSERT(state_ == State::open && plaintext.size() <= write_limit);
  if (plaintext.empty()) return;
  if (verdict_->cover == Cover::plaintext) return ciphertext_->out.append(plaintext);
  records_ += plaintext.size() / record_size + 1;
  if (records_ > records_per_key) renew_key();
  ERR_clear_error();
  std::size_t written = 0;
  const int done = SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written);
  if (done != 1) handle_failure(done);
}

// It is refused while an answer to the other side's own renewal is due; the next write tries again.
void TlsSession::renew_key() {
  if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1) records_ = 0;
}

}  // namespace moshpit
