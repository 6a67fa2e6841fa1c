// Signed records: what a publisher vouches for, and how others check it. Functions and a small
// cache.
//
// The signature covers the claim's bytes, which are kept and forwarded as they came. What remains
// of the time to live is not signed, because it shrinks on the way; it never exceeds the signed
// one. No wall clock is involved.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "base/bytes.hpp"
#include "base/shared.hpp"
#include "directory/directory.hpp"
#include "net/credentials.hpp"
#include "wire/directory_messages.hpp"

namespace moshpit {

// Of one publisher's records under one key the one with the greatest version counts.
struct Version {
  std::uint64_t incarnation = 0;
  std::uint64_t sequence = 0;

  auto operator<=>(const Version&) const = default;
};

// A record whose publisher and times have been checked, and its signature, if its publisher did not
// bring it in person.
struct VerifiedRecord {
  Shared<RecordClaim> claim;
  SignedRecord origin;

  const PeerId& publisher() const { return claim->publisher.id; }
  Version version() const { return {claim->incarnation, claim->sequence}; }
  Record record() const;
};

SignedRecord sign_record(const Credentials& credentials, const RecordClaim& claim);

// Checks records, and remembers those that it has checked: the same record comes from each of its
// holders, and is checked, read and kept in memory once.
class RecordVerifier {
 public:
  explicit RecordVerifier(const Credentials& credentials) : credentials_(credentials) {}

  // Nothing if the claim does not parse, the key is not the publisher's, the signature is wrong, or
  // more of the time to live remains than was signed. What its publisher brings over its own link,
  // which proves who it is, is believed without a look at the signature: that takes a tenth of a
  // millisecond, and whoever gets the record from here looks at it.
  std::optional<VerifiedRecord> verify(const SignedRecord& record, const PeerId& brought_by);

 private:
  struct Checked {
    Shared<SealedClaim> sealed;
    Shared<RecordClaim> claim;
    bool signature_seen = false;  // and found right; else its publisher brought it
  };
  std::optional<Checked> check(const SealedClaim& sealed, const PeerId& brought_by) const;
  std::optional<Checked> known(const SealedClaim& sealed) const;
  void remember(const Checked& checked);

  const Credentials& credentials_;
  // By the first bytes of the signature; of two records that share them the first is remembered,
  // but one whose signature was seen goes before one whose was not: nobody signs such bytes twice.
  std::map<std::uint64_t, Checked> checked_;
  std::deque<std::uint64_t> in_order_;  // the oldest is forgotten first
};

// What this process has published, and the versions that it gives. A peer that is shown a record of
// its own that this process did not write has been restarted, and goes on above that: one
// incarnation and one sequence number more.
class OwnRecords {
 public:
  // Fills in the next version and signs.
  SignedRecord publish(const Credentials& credentials, RecordClaim claim, Time now);

  // Somebody holds this record of ours. True if it stands in the way of what this process published
  // under the key, which then has to be published once more.
  bool shown(const VerifiedRecord& own);

  void expire(Time now);

 private:
  struct Published {
    Version version;
    Bytes claim;
    Time expires{};
  };

  Version last_;
  std::map<DirectoryKey, Published> published_;  // the newest under each key
};

}  // namespace moshpit
