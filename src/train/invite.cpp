#include "moshpit/invite.hpp"

#include <algorithm>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace moshpit {
namespace {

constexpr std::string_view prefix = "moshpit1:";
constexpr std::size_t secret_size = 16;   // 128 bits cannot be guessed
constexpr std::size_t address_limit = 5;  // round.md, "Records and links"
constexpr std::size_t checksum_size = 4;  // against typing and half a copy, not against malice

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64(ByteView bytes) {
  std::string out;
  std::uint32_t pending = 0;
  int bits = 0;
  for (std::byte byte : bytes) {
    pending = pending << 8 | std::to_integer<std::uint32_t>(byte);
    for (bits += 8; bits >= 6; bits -= 6) out += alphabet[pending >> (bits - 6) & 63];
  }
  if (bits > 0) out += alphabet[pending << (6 - bits) & 63];
  return out;
}

std::optional<Bytes> from_base64(std::string_view text) {
  Bytes out;
  std::uint32_t pending = 0;
  int bits = 0;
  for (char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    pending = pending << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::byte>(pending >> bits));
    }
  }
  return out;
}

ByteView checksum_of(const Digest& digest) { return ByteView(digest).first(checksum_size); }

// Takes fields off the front; nothing once the bytes have run out.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  std::optional<ByteView> take(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    const ByteView field = rest_.first(size);
    rest_ = rest_.subspan(size);
    return field;
  }
  bool empty() const { return rest_.empty(); }

 private:
  ByteView rest_;
};

std::optional<Invite> read_payload(ByteView payload) {
  Reader reader(payload);
  const auto run = reader.take(32);
  const auto secret = reader.take(secret_size);
  if (!run || !secret) return std::nullopt;
  Invite invite;
  std::copy(run->begin(), run->end(), invite.run.bytes.begin());
  invite.secret = to_bytes(*secret);
  while (!reader.empty()) {
    const auto size = reader.take(1);
    const auto text = reader.take(std::to_integer<std::size_t>((*size)[0]));
    if (!text || !Address::parse(as_text(*text))) return std::nullopt;
    invite.addresses.emplace_back(as_text(*text));
  }
  const bool sound = !invite.addresses.empty() && invite.addresses.size() <= address_limit;
  return sound ? std::optional(std::move(invite)) : std::nullopt;
}

Error not_an_invite() {
  return Error(ErrorCode::invalid_argument,
               "This is not a whole invite: copy all of the word that begins with 'moshpit1:', as "
               "any peer of the run prints it.");
}

}  // namespace

std::string Invite::text() const {
  Bytes payload(run.bytes.begin(), run.bytes.end());
  append(payload, secret);
  for (std::size_t i = 0; i < std::min(addresses.size(), address_limit); ++i) {
    payload.push_back(static_cast<std::byte>(addresses[i].size()));
    append(payload, as_bytes(addresses[i]));
  }
  const Digest digest = sha256(payload);
  append(payload, checksum_of(digest));
  return std::string(prefix) + to_base64(payload);
}

Result<Invite> Invite::parse(std::string_view text) {
  if (!text.starts_with(prefix)) return not_an_invite();
  const auto bytes = from_base64(text.substr(prefix.size()));
  if (!bytes || bytes->size() < checksum_size) return not_an_invite();
  const ByteView payload = ByteView(*bytes).first(bytes->size() - checksum_size);
  const Digest digest = sha256(payload);
  const bool intact = std::ranges::equal(checksum_of(digest), ByteView(*bytes).last(checksum_size));
  auto invite = intact ? read_payload(payload) : std::nullopt;
  if (!invite) return not_an_invite();
  return *std::move(invite);
}

}  // namespace moshpit
