// Identity: a peer's Ed25519 key, and the certificate made from it for TLS.
//
// The peer id is the SHA-256 of the 32-byte public key. A key from a file is locked for the
// Identity's lifetime: two processes with one id would take each other's messages. Constant after
// construction.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "moshpit/result.hpp"
#include "net/credentials.hpp"
#include "net/key_file.hpp"

struct evp_pkey_st;
struct x509_st;

namespace moshpit {

class Identity final : public Credentials {
 public:
  // The key in this file (PEM, mode 0600), which is made on first use. Errors: invalid_argument if
  // others may read it or it is in use, bad_data if it holds no Ed25519 key, io.
  static Result<Identity> load_or_create(const std::filesystem::path& path);

  // A new key that nobody keeps.
  static Identity ephemeral();

  static constexpr std::size_t secret_size = 32;  // RFC 8032
  // The key that these secret bytes make: for a world that must be the same each time.
  // Requires: secret_size bytes.
  static Identity from_secret(ByteView secret);

  const PeerId& id() const override { return id_; }
  const Bytes& public_key() const override { return public_key_; }
  Bytes sign(ByteView message) const override;
  bool verify(ByteView public_key, ByteView message, ByteView signature) const override;

  // For TLS, which takes its own references.
  evp_pkey_st* private_key() const { return key_.get(); }
  x509_st* certificate() const { return certificate_.get(); }

 private:
  struct Release {
    void operator()(evp_pkey_st* key) const;
    void operator()(x509_st* certificate) const;
  };
  using Key = std::unique_ptr<evp_pkey_st, Release>;
  using Certificate = std::unique_ptr<x509_st, Release>;

  explicit Identity(Key key);
  static Key generate();
  static std::string to_pem(const Key& key);
  static Key from_pem(const std::string& text);
  static Certificate certify(evp_pkey_st* key);

  Key key_;
  Certificate certificate_;
  Bytes public_key_;
  PeerId id_;
  std::optional<KeyFile> file_;
};

}  // namespace moshpit
