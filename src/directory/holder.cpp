#include "directory/holder.hpp"

#include <algorithm>

#include "directory/set_digest.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A record survives unless all its holders die within this time, and handing it on costs as many
// questions as there are holders. The spread lets the first of the holders do it for all.
constexpr Duration hand_on_period = 30s;
constexpr Duration hand_on_spread = 15s;
constexpr Duration hand_on_soon_spread = 2s;

// As no message takes so long on a link that works, two holders cannot keep a record alive by
// handing it to and fro.
constexpr Duration too_late_to_hand_on = 1s;

bool worth_handing_on(const VerifiedRecord& record) {
  return is_handed_on(record.claim->time_to_live) && record.origin.remaining >= too_late_to_hand_on;
}

// Puts a record into the message if it still fits.
bool fits(std::size_t& size, const SignedRecord& record) {
  if (size + record.wire_size() > message_records_limit) return false;
  size += record.wire_size();
  return true;
}

std::uint64_t digest_without(const PeerId& peer, const std::vector<VerifiedRecord>& records) {
  SetDigest digest;
  for (const VerifiedRecord& record : records) {
    if (record.publisher() != peer) digest.add_content(content_digest(*record.claim));
  }
  return digest.value();
}

}  // namespace

bool is_handed_on(Duration time_to_live) { return time_to_live >= 2 * hand_on_period; }

Holder::Holder(Network& network, RecordVerifier& verifier, OwnRecords& own, Watches& watches)
    : network_(network), verifier_(verifier), own_(own), watches_(watches) {}

bool Holder::holds() const { return !network_.self().addresses.empty(); }

Time Holder::later(Duration at_least, Duration spread) {
  const double share = network_.loop().random().unit();
  return network_.loop().now() + at_least + from_seconds(share * seconds(spread));
}

void Holder::handed_on(const DirectoryKey& key) {
  storage_.hand_on_at(key, later(hand_on_period, hand_on_spread));
}

void Holder::hand_on_soon(const DirectoryKey& key) {
  storage_.hand_on_before(key, later(0s, hand_on_soon_spread));
}

DirectoryAnswer Holder::answer(const Contact& from, const DirectoryQuestion& question,
                               const RoutingTable& table) {
  const Time now = network_.loop().now();
  take(question.records, from.id, question.told);
  storage_.watch(question.key, from.id, now + question.watch, now);
  DirectoryAnswer answer;
  if (question.wants_closest) add_closest(from.id, question, table, answer);
  if (question.wanted != WantedRecords::none) add_records(from.id, question, answer);
  return answer;
}

void Holder::add_closest(const PeerId& asker, const DirectoryQuestion& question,
                         const RoutingTable& table, DirectoryAnswer& answer) {
  for (const Contact* contact : table.closest_besides(asker, question.key)) {
    const bool known = std::ranges::count(question.known_peers, contact->id.leading()) > 0;
    if (!known) answer.closest.push_back(*contact);
  }
}

void Holder::add_records(const PeerId& asker, const DirectoryQuestion& question,
                         DirectoryAnswer& answer) {
  std::size_t size = 0;
  std::vector<VerifiedRecord> standing = storage_.under(question.key, network_.loop().now());
  // Records whose digests cancel each other must not hide the rest from whoever knows none of them.
  const bool knows_others =
      question.known_records != 0 && digest_without(asker, standing) == question.known_records;
  const bool only_own = question.wanted == WantedRecords::own || knows_others;
  for (VerifiedRecord& record : standing) {
    if (only_own && record.publisher() != asker) continue;
    if (question.after && record.publisher() <= *question.after) continue;
    const auto is_this = [&](const SignedRecord& other) {
      return other.says_the_same_as(record.origin);
    };
    if (std::ranges::any_of(question.records, is_this)) continue;
    answer.more = !fits(size, record.origin);
    if (answer.more) break;
    answer.records.push_back(std::move(record.origin));
  }
}

void Holder::take(const std::vector<SignedRecord>& records, const PeerId& from, const Told& told) {
  for (const SignedRecord& signed_record : records) {
    const auto record = verifier_.verify(signed_record, from);
    if (record) take(*record, from, told);
  }
}

void Holder::take(const VerifiedRecord& record, const PeerId& from, const Told& told) {
  if (record.publisher() == network_.id()) own_.shown(record);
  // Who brings it to a peer that holds nothing any more, or has no room, counts on its knowing it.
  if (!holds()) return watches_.deliver(record);
  const Time first_hand_on = later(hand_on_period, hand_on_spread);
  const auto outcome = storage_.keep(record, network_.loop().now(), first_hand_on);
  const bool kept = outcome == Storage::Outcome::kept;
  if (kept || outcome == Storage::Outcome::refused) watches_.deliver(record);
  if (kept) push(record, from, told);
  // Not from its publisher, so from a holder that hands the key on to everybody.
  if (from != record.publisher()) handed_on(record.claim->key);
}

void Holder::push(const VerifiedRecord& record, const PeerId& from, const Told& told) {
  const PeerId& publisher = record.publisher();
  const auto knows = [&](const PeerId& watcher) {
    const bool in_person = from == publisher && std::ranges::count(told, watcher.leading()) > 0;
    return watcher == from || watcher == publisher || in_person;
  };
  std::vector<PeerId> watchers = storage_.watchers(record.claim->key, network_.loop().now());
  std::erase_if(watchers, knows);
  if (watchers.empty()) return;
  const Bytes message = encode(DirectoryChange{{record.origin}});
  for (const PeerId& watcher : watchers) {
    network_.tell(watcher, Protocol::directory, message, Priority::control);
  }
}

std::vector<DirectoryQuestion> Holder::portions(const DirectoryKey& key) const {
  std::vector<DirectoryQuestion> out;
  std::size_t size = 0;
  for (VerifiedRecord& record : storage_.under(key, network_.loop().now())) {
    if (!worth_handing_on(record)) continue;
    if (out.empty() || !fits(size, record.origin)) {
      size = record.origin.wire_size();
      out.emplace_back().key = key;
      if (out.size() == 1) out.back().wanted = WantedRecords::all;
    }
    out.back().records.push_back(std::move(record.origin));
  }
  return out;
}

}  // namespace moshpit
