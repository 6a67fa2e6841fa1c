#include "directory/signed_record.hpp"

namespace moshpit {
namespace {

// Keeps a signature on a record from passing for a signature on anything else, and the other way
// round.
constexpr std::string_view signature_domain = "moshpit directory record, version 1:";

// Some rounds' worth of records of a group of 256 from all holders; 32 bytes each.
constexpr std::size_t remembered_limit = 8192;

Bytes signed_bytes(ByteView claim) {
  Bytes out = to_bytes(signature_domain);
  append(out, claim);
  return out;
}

}  // namespace

SignedRecord sign_record(const Credentials& credentials, const RecordClaim& claim) {
  Bytes bytes = encode(claim);
  Bytes signature = credentials.sign(signed_bytes(bytes));
  return SignedRecord{std::move(bytes), credentials.public_key(), std::move(signature),
                      claim.time_to_live};
}

std::optional<VerifiedRecord> RecordVerifier::verify(const SignedRecord& signed_record) {
  auto claim = decode_claim(signed_record.claim);
  if (!claim || signed_record.remaining > claim->time_to_live) return std::nullopt;
  if (!vouched_for(signed_record, claim->publisher.id)) return std::nullopt;
  Record record{std::move(claim->publisher), std::move(claim->value), claim->incarnation,
                claim->sequence, signed_record.remaining};
  return VerifiedRecord{claim->key, std::move(record), claim->time_to_live, signed_record};
}

bool RecordVerifier::vouched_for(const SignedRecord& signed_record, const PeerId& publisher) {
  const Digest digest = Hasher()
                            .add(signed_record.claim)
                            .add(signed_record.public_key)
                            .add(signed_record.signature)
                            .digest();
  if (checked_.contains(digest)) return true;
  if (publisher != peer_id_of(signed_record.public_key)) return false;
  const Bytes message = signed_bytes(signed_record.claim);
  if (!credentials_.verify(signed_record.public_key, message, signed_record.signature)) {
    return false;
  }
  if (checked_order_.size() == remembered_limit) {
    checked_.erase(checked_order_.front());
    checked_order_.pop_front();
  }
  checked_.insert(digest);
  checked_order_.push_back(digest);
  return true;
}

SignedRecord OwnRecords::publish(const Credentials& credentials, RecordClaim claim, Time now) {
  ++last_.sequence;
  claim.incarnation = last_.incarnation;
  claim.sequence = last_.sequence;
  SignedRecord record = sign_record(credentials, claim);
  published_[claim.key] = Published{last_, record.claim, now + claim.time_to_live};
  return record;
}

bool OwnRecords::shown(const VerifiedRecord& own) {
  const Version version = version_of(own.record);
  if (version > last_) last_ = {version.incarnation + 1, version.sequence};
  const auto published = published_.find(own.key);
  if (published == published_.end()) return false;
  return version >= published->second.version && own.origin.claim != published->second.claim;
}

void OwnRecords::expire(Time now) {
  std::erase_if(published_, [&](const auto& item) { return item.second.expires <= now; });
}

}  // namespace moshpit
