#include "net/tls_bio.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <openssl/bio.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

Ciphertext& of(BIO* bio) { return *static_cast<Ciphertext*>(BIO_get_data(bio)); }

// An empty buffer is no end: more may come.
int read_some(BIO* bio, char* out, std::size_t most, std::size_t* size) {
  BIO_clear_retry_flags(bio);
  *size = of(bio).take(std::as_writable_bytes(std::span(out, most)));
  if (*size == 0) BIO_set_retry_read(bio);
  return *size > 0 ? 1 : 0;
}

int write_all(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
  of(bio).out.append(std::as_bytes(std::span(bytes, size)));
  *written = size;
  return 1;
}

// Only a flush is asked for, and there is nothing to flush.
long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* method() {
  static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> only = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext");
    bool done = made && BIO_meth_set_read_ex(made, read_some) == 1;
    done = done && BIO_meth_set_write_ex(made, write_all) == 1;
    done = done && BIO_meth_set_ctrl(made, control) == 1;
    MOSHPIT_ASSERT(done);  // fails only without memory
    return std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)>(made, BIO_meth_free);
  }();
  return only.get();
}

}  // namespace

std::size_t Ciphertext::take(std::span<std::byte> room) {
  const std::size_t size = std::min(room.size(), unread());
  if (size > 0) std::memcpy(room.data(), in.view().data() + read, size);
  read += size;
  return size;
}

bio_st* bio_over(Ciphertext& ciphertext) {
  BIO* bio = BIO_new(method());
  MOSHPIT_ASSERT(bio);  // fails only without memory
  BIO_set_data(bio, &ciphertext);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace moshpit
