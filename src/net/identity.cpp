#include "net/identity.hpp"

#include <array>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// Sizes of Ed25519 (RFC 8032, section 5.1).
constexpr std::size_t public_key_size = 32;
constexpr std::size_t signature_size = 64;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

struct FreeDigest {
  void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

const unsigned char* raw(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Without it OpenSSL would ask on the terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) { return -1; }

Bytes public_bytes(EVP_PKEY* key) {
  Bytes bytes(public_key_size);
  std::size_t size = bytes.size();
  const int done =
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size);
  MOSHPIT_ASSERT(done == 1 && size == public_key_size);
  return bytes;
}

void wipe(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace

void Identity::Release::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Identity::Release::operator()(x509_st* certificate) const { X509_free(certificate); }

Identity::Identity(Key key)
    : key_(std::move(key)),
      certificate_(certify(key_.get())),
      public_key_(public_bytes(key_.get())),
      id_(peer_id_of(public_key_)) {}

Result<Identity> Identity::load_or_create(const std::filesystem::path& path) {
  Result<KeyFile> file = KeyFile::open(path, [] { return to_pem(generate()); });
  if (!file) return file.error();
  std::string text = file->take_text();
  Key key = from_pem(text);
  wipe(text);
  if (!key) {
    return Error(ErrorCode::bad_data,
                 "The key file '" + path.string() +
                     "' holds no whole Ed25519 key: restore it from a copy, or delete it to become "
                     "a new peer.");
  }
  Identity identity(std::move(key));
  identity.file_ = std::move(file).value();
  return identity;
}

Identity Identity::ephemeral() { return Identity(generate()); }

Identity Identity::from_secret(ByteView secret) {
  MOSHPIT_ASSERT(secret.size() == secret_size);
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(secret), secret.size()));
  MOSHPIT_ASSERT(key);  // fails only without memory
  return Identity(std::move(key));
}

Identity::Key Identity::generate() {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  MOSHPIT_ASSERT(key);  // fails only without memory or without a random source
  return key;
}

std::string Identity::to_pem(const Key& key) {
  const Bio bio(BIO_new(BIO_s_secmem()));
  const int done =
      PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  MOSHPIT_ASSERT(done == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

Identity::Key Identity::from_pem(const std::string& text) {
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (key && EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) key.reset();
  return key;
}

// Nobody reads more of it than the key, so everything else is constant. It is valid for ever:
// peers' wall clocks are not trusted for anything.
Identity::Certificate Identity::certify(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509* x509 = certificate.get();
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* common_name = reinterpret_cast<const unsigned char*>("moshpit");
  bool done = X509_set_version(x509, X509_VERSION_3) == 1;
  done = done && ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1;
  done = done && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1;
  done = done && X509_set_issuer_name(x509, name) == 1;
  done = done && ASN1_TIME_set_string(X509_getm_notBefore(x509), "19700101000000Z") == 1;
  done = done && ASN1_TIME_set_string(X509_getm_notAfter(x509), "99991231235959Z") == 1;
  done = done && X509_set_pubkey(x509, key) == 1;
  done = done && X509_sign(x509, key, nullptr) > 0;
  MOSHPIT_ASSERT(done);  // fails only without memory
  return certificate;
}

Bytes Identity::sign(ByteView message) const {
  const DigestContext context(EVP_MD_CTX_new());
  Bytes signature(signature_size);
  std::size_t size = signature.size();
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  const bool done = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), out, &size, raw(message), message.size()) == 1;
  MOSHPIT_ASSERT(done && size == signature_size);
  return signature;
}

bool Identity::verify(ByteView public_key, ByteView message, ByteView signature) const {
  if (public_key.size() != public_key_size || signature.size() != signature_size) return false;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key), public_key.size()));
  const DigestContext context(EVP_MD_CTX_new());
  const bool valid =
      key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                       message.size()) == 1;
  ERR_clear_error();
  return valid;
}

}  // namespace moshpit
