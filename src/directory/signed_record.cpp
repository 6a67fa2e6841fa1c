#include "directory/signed_record.hpp"

namespace moshpit {
namespace {

// Keeps a signature on a record from passing for a signature on anything else, and the other way
// round.
constexpr std::string_view signature_domain = "moshpit directory record, version 1:";

// Two rounds' worth of records of a group of 256. What comes again later is looked at again.
constexpr std::size_t remembered_limit = 1024;

Bytes signed_bytes(ByteView claim) {
  Bytes out = to_bytes(signature_domain);
  append(out, claim);
  return out;
}

std::uint64_t beginning(const Bytes& signature) {
  const bool whole = signature.size() >= sizeof(std::uint64_t);
  return whole ? read_little_endian<std::uint64_t>(signature) : 0;
}

}  // namespace

SignedRecord sign_record(const Credentials& credentials, const RecordClaim& claim) {
  Bytes bytes = encode(claim);
  Bytes signature = credentials.sign(signed_bytes(bytes));
  return SignedRecord({std::move(bytes), credentials.public_key(), std::move(signature)},
                      claim.time_to_live);
}

Record VerifiedRecord::record() const {
  return {claim->publisher, claim->value, claim->incarnation, claim->sequence, origin.remaining};
}

std::optional<VerifiedRecord> RecordVerifier::verify(const SignedRecord& record,
                                                     const PeerId& brought_by) {
  std::optional<Checked> checked = known(record.sealed());
  if (!checked) {
    checked = check(record.sealed(), brought_by);
    if (!checked) return std::nullopt;
    remember(*checked);
  }
  if (record.remaining > checked->claim->time_to_live) return std::nullopt;
  return VerifiedRecord{checked->claim, SignedRecord(checked->sealed, record.remaining)};
}

std::optional<RecordVerifier::Checked> RecordVerifier::known(const SealedClaim& sealed) const {
  const auto found = checked_.find(beginning(sealed.signature));
  if (found == checked_.end() || *found->second.sealed != sealed) return std::nullopt;
  return found->second;
}

std::optional<RecordVerifier::Checked> RecordVerifier::check(const SealedClaim& sealed,
                                                             const PeerId& brought_by) const {
  auto claim = decode_claim(sealed.claim);
  if (!claim || claim->publisher.id != peer_id_of(sealed.public_key)) return std::nullopt;
  const bool in_person = claim->publisher.id == brought_by;
  if (!in_person) {
    const Bytes message = signed_bytes(sealed.claim);
    if (!credentials_.verify(sealed.public_key, message, sealed.signature)) return std::nullopt;
  }
  return Checked{Shared(sealed), Shared(*std::move(claim)), !in_person};
}

void RecordVerifier::remember(const Checked& checked) {
  const std::uint64_t signature = beginning(checked.sealed->signature);
  const auto [place, added] = checked_.try_emplace(signature, checked);
  if (!added) {
    if (checked.signature_seen && !place->second.signature_seen) place->second = checked;
    return;
  }
  in_order_.push_back(signature);
  if (in_order_.size() <= remembered_limit) return;
  checked_.erase(in_order_.front());
  in_order_.pop_front();
}

SignedRecord OwnRecords::publish(const Credentials& credentials, RecordClaim claim, Time now) {
  ++last_.sequence;
  claim.incarnation = last_.incarnation;
  claim.sequence = last_.sequence;
  SignedRecord record = sign_record(credentials, claim);
  published_[claim.key] = Published{last_, record.claim(), now + claim.time_to_live};
  return record;
}

bool OwnRecords::shown(const VerifiedRecord& own) {
  const Version version = own.version();
  if (version > last_) last_ = {version.incarnation + 1, version.sequence};
  const auto published = published_.find(own.claim->key);
  if (published == published_.end()) return false;
  return version >= published->second.version && own.origin.claim() != published->second.claim;
}

void OwnRecords::expire(Time now) {
  std::erase_if(published_, [&](const auto& item) { return item.second.expires <= now; });
}

}  // namespace moshpit
