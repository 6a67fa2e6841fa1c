// The directory's messages. A SignedRecord travels as the bytes that its publisher signed;
// decode_claim() reads them. Decoders take foreign bytes: nothing comes back if a size or a range
// is off. Signatures are checked elsewhere (directory/signed_record.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/shared.hpp"
#include "moshpit/ids.hpp"
#include "moshpit/time.hpp"

namespace moshpit {

// A record names a place to meet and is not a file store. With it the largest record stays under 2
// KiB.
inline constexpr std::size_t record_value_limit = 1024;

// A publisher that is gone must not haunt the run for longer.
inline constexpr Duration time_to_live_limit = std::chrono::hours(1);

// Records in one message: the frame of 64 KiB that every link takes has room for them, for contacts
// and for the frame's own fields. More go into further messages.
inline constexpr std::size_t message_records_limit = 48 * 1024;

// Contacts in one answer: some more than the twelve that we send, so that a later version may send
// more.
inline constexpr std::size_t answer_contacts_limit = 16;

// What a publisher signs.
struct RecordClaim {
  DirectoryKey key;
  Contact publisher;
  Bytes value;
  std::uint64_t incarnation = 0;
  std::uint64_t sequence = 0;
  Duration time_to_live{0};
};

// The signed bytes as they came.
struct SealedClaim {
  Bytes claim;
  Bytes public_key;
  Bytes signature;

  bool operator==(const SealedClaim& other) const {
    return same_bytes(claim, other.claim) && same_bytes(public_key, other.public_key) &&
           same_bytes(signature, other.signature);
  }
};

// A record as it travels and is kept. All who keep it or send it on hold the same bytes.
class SignedRecord {
 public:
  SignedRecord(SealedClaim sealed, Duration time_to_live)
      : SignedRecord(Shared(std::move(sealed)), time_to_live) {}
  SignedRecord(Shared<SealedClaim> sealed, Duration time_to_live)
      : remaining(time_to_live), sealed_(std::move(sealed)) {}

  const SealedClaim& sealed() const { return *sealed_; }
  const Bytes& claim() const { return sealed_->claim; }
  bool says_the_same_as(const SignedRecord& other) const {
    return sealed_.is(other.sealed_) || same_bytes(claim(), other.claim());
  }
  // What it takes in a message, a little more rather than less.
  std::size_t wire_size() const {
    return claim().size() + sealed_->public_key.size() + sealed_->signature.size() + 32;
  }

  Duration remaining;

 private:
  Shared<SealedClaim> sealed_;
};

// Of the records that stand under a key. A restarted peer must see its own, to go on above it.
enum class WantedRecords : std::uint8_t { none = 0, own = 1, all = 2 };

// `known_peers` names peers that the answer need not name, by PeerId::leading(). `known_records` is
// a digest (directory/set_digest.hpp) of what the asker knows to stand under the key, without its
// own: who knows the same does not repeat it. `told` names those to whom the asker itself brings
// these records, if they are its own: nobody need push them there.
struct DirectoryQuestion {
  DirectoryKey key;
  std::vector<SignedRecord> records;
  WantedRecords wanted = WantedRecords::none;
  std::optional<PeerId> after;
  Duration watch{0};
  bool wants_closest = false;
  std::vector<std::uint64_t> known_peers;
  std::uint64_t known_records = 0;
  std::vector<std::uint64_t> told;  // at most answer_contacts_limit
};

struct DirectoryAnswer {
  std::vector<Contact> closest;
  std::vector<SignedRecord> records;
  bool more = false;
};

struct DirectoryChange {
  std::vector<SignedRecord> records;
};

Bytes encode(const RecordClaim& claim);
Bytes encode(const DirectoryQuestion& question);
Bytes encode(const DirectoryAnswer& answer);
Bytes encode(const DirectoryChange& change);

std::optional<RecordClaim> decode_claim(ByteView bytes);
std::optional<DirectoryQuestion> decode_directory_question(ByteView bytes);
std::optional<DirectoryAnswer> decode_directory_answer(ByteView bytes);
std::optional<DirectoryChange> decode_directory_change(ByteView bytes);

}  // namespace moshpit
