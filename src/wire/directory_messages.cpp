#include "wire/directory_messages.hpp"

#include "directory.pb.h"
#include "wire/common.hpp"

namespace moshpit {
namespace {

using Milliseconds = std::chrono::milliseconds;

// Keys and signatures of any scheme that we might use fit; larger fields are nonsense.
constexpr std::size_t public_key_limit = 128;
constexpr std::size_t signature_limit = 128;

// A claim around the largest value: ids, numbers, and eight addresses of the longest host names.
constexpr std::size_t claim_limit = record_value_limit + 3 * 1024;

// A watch is renewed every few seconds; what asks for longer is wrong.
constexpr Duration watch_limit = std::chrono::minutes(10);

// Rounded down, so that a record loses and never gains by being forwarded.
std::uint64_t milliseconds_to_wire(Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<Milliseconds>(duration).count());
}

std::optional<Duration> duration_from_wire(std::uint64_t field, Duration limit) {
  if (field > milliseconds_to_wire(limit)) return std::nullopt;
  return Milliseconds(static_cast<Milliseconds::rep>(field));
}

std::string text(const Bytes& bytes) { return std::string(as_text(bytes)); }

void to_wire(const SignedRecord& record, wire::DirectoryRecord& out) {
  const SealedClaim& sealed = record.sealed();
  out.set_claim(text(sealed.claim));
  out.set_public_key(text(sealed.public_key));
  out.set_signature(text(sealed.signature));
  out.set_remaining_milliseconds(milliseconds_to_wire(record.remaining));
}

std::optional<SignedRecord> record_from_wire(const wire::DirectoryRecord& message) {
  const auto remaining = duration_from_wire(message.remaining_milliseconds(), time_to_live_limit);
  if (!remaining || message.claim().size() > claim_limit ||
      message.public_key().size() > public_key_limit ||
      message.signature().size() > signature_limit) {
    return std::nullopt;
  }
  return SignedRecord(
      {to_bytes(message.claim()), to_bytes(message.public_key()), to_bytes(message.signature())},
      *remaining);
}

template <class Repeated>
bool read_records(const Repeated& messages, std::vector<SignedRecord>& out) {
  for (const wire::DirectoryRecord& message : messages) {
    auto record = record_from_wire(message);
    if (!record) return false;
    out.push_back(*std::move(record));
  }
  return true;
}

}  // namespace

Bytes encode(const RecordClaim& claim) {
  wire::DirectoryClaim message;
  message.set_key(to_wire(claim.key));
  to_wire(claim.publisher, *message.mutable_publisher());
  message.set_value(text(claim.value));
  message.set_incarnation(claim.incarnation);
  message.set_sequence(claim.sequence);
  message.set_time_to_live_milliseconds(milliseconds_to_wire(claim.time_to_live));
  return serialise(message);
}

Bytes encode(const DirectoryQuestion& question) {
  wire::DirectoryQuestion message;
  message.set_key(to_wire(question.key));
  for (const SignedRecord& record : question.records) to_wire(record, *message.add_records());
  message.set_wanted_records(static_cast<std::uint32_t>(question.wanted));
  if (question.after) message.set_after(to_wire(*question.after));
  message.set_watch_milliseconds(milliseconds_to_wire(question.watch));
  message.set_wants_closest(question.wants_closest);
  for (std::uint64_t peer : question.known_peers) message.add_known_peers(peer);
  message.set_known_records(question.known_records);
  for (std::uint64_t peer : question.told) message.add_told(peer);
  return serialise(message);
}

Bytes encode(const DirectoryAnswer& answer) {
  InOneBlock<wire::DirectoryAnswer> message;
  for (const Contact& contact : answer.closest) to_wire(contact, *message->add_closest());
  for (const SignedRecord& record : answer.records) to_wire(record, *message->add_records());
  message->set_more(answer.more);
  return serialise(*message);
}

Bytes encode(const DirectoryChange& change) {
  wire::DirectoryChange message;
  for (const SignedRecord& record : change.records) to_wire(record, *message.add_records());
  return serialise(message);
}

std::optional<RecordClaim> decode_claim(ByteView bytes) {
  wire::DirectoryClaim message;
  if (!parse(message, bytes)) return std::nullopt;
  const auto key = id_from_wire<DirectoryKey>(message.key());
  auto publisher = contact_from_wire(message.publisher());
  const auto time_to_live =
      duration_from_wire(message.time_to_live_milliseconds(), time_to_live_limit);
  if (!key || !publisher || !time_to_live || message.value().size() > record_value_limit) {
    return std::nullopt;
  }
  return RecordClaim{*key,
                     *std::move(publisher),
                     to_bytes(message.value()),
                     message.incarnation(),
                     message.sequence(),
                     *time_to_live};
}

std::optional<DirectoryQuestion> decode_directory_question(ByteView bytes) {
  wire::DirectoryQuestion message;
  if (!parse(message, bytes)) return std::nullopt;
  const auto key = id_from_wire<DirectoryKey>(message.key());
  const auto watch = duration_from_wire(message.watch_milliseconds(), watch_limit);
  const auto most = static_cast<std::uint32_t>(WantedRecords::all);
  if (!key || !watch || message.wanted_records() > most) return std::nullopt;
  DirectoryQuestion question;
  question.key = *key;
  question.wanted = static_cast<WantedRecords>(message.wanted_records());
  question.watch = *watch;
  question.wants_closest = message.wants_closest();
  const auto contacts_limit = static_cast<int>(answer_contacts_limit);
  if (message.known_peers_size() > contacts_limit || message.told_size() > contacts_limit) {
    return std::nullopt;
  }
  question.told.assign(message.told().begin(), message.told().end());
  question.known_peers.assign(message.known_peers().begin(), message.known_peers().end());
  question.known_records = message.known_records();
  if (!message.after().empty()) {
    question.after = id_from_wire<PeerId>(message.after());
    if (!question.after) return std::nullopt;
  }
  if (!read_records(message.records(), question.records)) return std::nullopt;
  return question;
}

std::optional<DirectoryAnswer> decode_directory_answer(ByteView bytes) {
  InOneBlock<wire::DirectoryAnswer> message;
  if (!parse(*message, bytes)) return std::nullopt;
  if (message->closest_size() > static_cast<int>(answer_contacts_limit)) return std::nullopt;
  DirectoryAnswer answer;
  answer.more = message->more();
  for (const wire::Contact& closest : message->closest()) {
    auto contact = contact_from_wire(closest);
    if (!contact) return std::nullopt;
    answer.closest.push_back(*std::move(contact));
  }
  if (!read_records(message->records(), answer.records)) return std::nullopt;
  return answer;
}

std::optional<DirectoryChange> decode_directory_change(ByteView bytes) {
  wire::DirectoryChange message;
  DirectoryChange change;
  if (!parse(message, bytes) || !read_records(message.records(), change.records)) {
    return std::nullopt;
  }
  return change;
}

}  // namespace moshpit
