#include "directory/kademlia.hpp"

#include <algorithm>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A watch that was given up ends by itself.
constexpr Duration subscription_length = 60s;

// Nobody was there to subscribe at: somebody may have come. Where nobody is known that costs
// nothing, and the first peer of a run must be found by the second.
constexpr Duration subscription_retry = 2s;
constexpr Duration subscription_retry_alone = 250ms;

// A holder closed its link; those of a crash close within moments of each other.
constexpr Duration subscription_pause = 100ms;

// Whoever announced itself left its record with all holders that it could reach: as many as this
// do not all lack it.
constexpr std::size_t informing_holders = 3;

// A restarted peer publishes a second time, above what it is shown; a third time if holders
// disagreed.
constexpr int publication_attempts = 3;

// A newcomer knows one peer, and one lost packet is enough that a question to it goes unanswered.
// The pauses, 0.2 s and then twice as long each time, let the pings find out how slow the link is.
constexpr int bootstrap_attempts = 5;
constexpr Duration bootstrap_pause = 200ms;

std::vector<Record> values(const Inquiry& inquiry) {
  std::vector<Record> out;
  for (const auto& [publisher, record] : inquiry.records) out.push_back(record.record());
  return out;
}

}  // namespace

KademliaDirectory::KademliaDirectory(Network& network)
    : network_(network),
      verifier_(network.credentials()),
      watches_(network.id()),
      neighbourhood_(network, verifier_),
      holder_(network, verifier_, own_, watches_),
      upkeep_(network, neighbourhood_, holder_, own_) {
  network_.serve(Protocol::directory, *this);
}

KademliaDirectory::~KademliaDirectory() { network_.stop_serving(Protocol::directory); }

Task<Result<void>> KademliaDirectory::bootstrap(std::vector<Contact> known) {
  bool met = known.empty();
  Duration pause = bootstrap_pause;
  for (int attempt = 0; attempt < bootstrap_attempts && !met; ++attempt, pause *= 2) {
    if (attempt > 0) co_await network_.loop().sleep_for(pause);
    Inquiry inquiry(network_, place_of(network_.id()));
    inquiry.lookup.start(known);
    co_await neighbourhood_.walk(inquiry);
    met = !inquiry.lookup.closest().empty();
  }
  if (!met) {
    co_return Error(ErrorCode::unreachable,
                    "None of the " + std::to_string(known.size()) +
                        " known peers answered: ask a peer of the run for a fresh invite.");
  }
  co_await upkeep_.refresh();
  co_return Result<void>();
}

Task<std::vector<Record>> KademliaDirectory::announce(DirectoryKey key, Bytes value,
                                                      Duration time_to_live) {
  return publish(key, std::move(value), time_to_live, WantedRecords::all);
}

Task<> KademliaDirectory::publish(DirectoryKey key, Bytes value, Duration time_to_live) {
  co_await publish(key, std::move(value), time_to_live, WantedRecords::own);
}

Task<std::vector<Record>> KademliaDirectory::publish(DirectoryKey key, Bytes value,
                                                     Duration time_to_live, WantedRecords wanted) {
  MOSHPIT_ASSERT(value.size() <= record_value_limit);
  std::vector<Record> others;
  for (int attempt = 0; attempt < publication_attempts; ++attempt) {
    SignedRecord record = sign(key, value, time_to_live);
    const bool brief = !is_handed_on(time_to_live);
    const std::size_t copies = brief ? neighbourhood_.brief_copies() : replication;
    Inquiry inquiry(network_, key, WantedRecords::none, copies);
    inquiry.for_holders = question_for_holders(key, wanted);
    inquiry.leaves_copies = brief;
    tell_watches_of(inquiry);
    co_await leave_with_holders(inquiry, record);
    const bool again = overtaken(inquiry);
    inquiry.records.erase(network_.id());
    others = values(inquiry);
    if (!again) break;
  }
  co_return others;
}

SignedRecord KademliaDirectory::sign(const DirectoryKey& key, Bytes value, Duration time_to_live) {
  RecordClaim claim{key, network_.self(), std::move(value), 0, 0, {}};
  claim.time_to_live = std::clamp(time_to_live, Duration(1ms), time_to_live_limit);
  return own_.publish(network_.credentials(), std::move(claim), network_.loop().now());
}

// A holder that is slow or dead does not delay what the others have told already.
void KademliaDirectory::tell_watches_of(Inquiry& inquiry) {
  inquiry.heard = [this](const VerifiedRecord& record) { watches_.deliver(record); };
}

// This peer holds its own record before it asks anybody, for those who ask it meanwhile; and again
// when the walk has shown whether it is one of the closest.
Task<> KademliaDirectory::leave_with_holders(Inquiry& inquiry, SignedRecord record) {
  inquiry.for_holders->records.push_back(record);
  neighbourhood_.prepare(inquiry);
  hold_if_close(record, inquiry);
  co_await neighbourhood_.walk(inquiry);
  hold_if_close(record, inquiry);
  add_held(inquiry);
}

void KademliaDirectory::hold_if_close(const SignedRecord& record, const Inquiry& inquiry) {
  if (!neighbourhood_.table().among_closest(network_.id(), inquiry.key)) return;
  holder_.take({record}, network_.id(), inquiry.for_holders->told);
}

void KademliaDirectory::add_held(Inquiry& inquiry) {
  const Time now = network_.loop().now();
  for (const VerifiedRecord& record : holder_.storage().under(inquiry.key, now)) {
    inquiry.found(record);
  }
}

bool KademliaDirectory::overtaken(const Inquiry& inquiry) {
  const auto own = inquiry.records.find(network_.id());
  return own != inquiry.records.end() && own_.shown(own->second);
}

DirectoryQuestion KademliaDirectory::question_for_holders(const DirectoryKey& key,
                                                          WantedRecords wanted) const {
  DirectoryQuestion question;
  question.key = key;
  question.wanted = wanted;
  if (watches_.on(key)) question.watch = subscription_length;
  return question;
}

Task<std::vector<Record>> KademliaDirectory::look_up(DirectoryKey key) {
  return read(key, replication);
}

Task<std::vector<Record>> KademliaDirectory::glance(DirectoryKey key) {
  return read(key, informing_holders);
}

Task<std::vector<Record>> KademliaDirectory::read(DirectoryKey key, std::size_t holders) {
  Inquiry inquiry(network_, key, WantedRecords::all, holders);
  co_await neighbourhood_.walk(inquiry);
  add_held(inquiry);
  co_return values(inquiry);
}

std::unique_ptr<Directory::Watch> KademliaDirectory::watch(DirectoryKey key) {
  return open_watch(key, std::nullopt);
}

std::unique_ptr<Directory::Watch> KademliaDirectory::attend(DirectoryKey key, Bytes value) {
  MOSHPIT_ASSERT(value.size() <= record_value_limit);
  return open_watch(key, std::move(value));
}

std::unique_ptr<Directory::Watch> KademliaDirectory::open_watch(DirectoryKey key,
                                                                std::optional<Bytes> stands) {
  auto watch = std::make_unique<Watches::Entry>(watches_, network_.loop(), key, std::move(stands));
  watch->subscription_.spawn(keep_subscribed(*watch));
  return watch;
}

Task<> KademliaDirectory::keep_subscribed(Watches::Entry& watch) {
  Loop& loop = network_.loop();
  while (true) {
    co_await subscribe(watch);
    const Time renewal = loop.now() + pause_after(watch);
    co_await watch.hurry_.wait_until(renewal);
    co_await loop.sleep_for(subscription_pause);
  }
}

Duration KademliaDirectory::pause_after(Watches::Entry& subscribed) {
  if (!subscribed.holders_.empty()) return subscribed.next_renewal();
  const bool alone = neighbourhood_.table().contacts().empty();
  return alone ? subscription_retry_alone : subscription_retry;
}

Task<> KademliaDirectory::subscribe(Watches::Entry& watch) {
  watch.hurry_.reset();
  const std::size_t holders = neighbourhood_.brief_copies();
  Inquiry inquiry(network_, watch.key_, WantedRecords::none, holders);
  inquiry.for_holders = question_for_holders(watch.key_, WantedRecords::all);
  inquiry.for_holders->known_records = watch.known_records();
  // A full bucket of the routing table has no room for them.
  inquiry.lookup.start(watch.closest_);
  tell_watches_of(inquiry);
  inquiry.holder_answered = [&] {
    if (inquiry.tellers_in_reach() >= informing_holders) watch.informed_.set();
  };
  if (watch.stands_) {
    inquiry.leaves_copies = true;
    SignedRecord record = sign(watch.key_, *watch.stands_, watch.record_lives());
    co_await leave_with_holders(inquiry, std::move(record));
    if (overtaken(inquiry)) watch.hurry_.set();
  } else {
    co_await neighbourhood_.walk(inquiry);
    add_held(inquiry);
  }
  watch.holders_ = inquiry.pushers;
  watch.renewed(inquiry.lookup.closest(), neighbourhood_.keepers(inquiry));
  for (const auto& [publisher, record] : inquiry.records) watches_.deliver(record);
  watch.informed_.set();
}

Task<Bytes> KademliaDirectory::answer(Contact from, Bytes question) {
  neighbourhood_.heard_from(from);
  const auto decoded = decode_directory_question(question);
  if (!decoded) co_return Bytes();
  co_return encode(holder_.answer(from, *decoded, neighbourhood_.table()));
}

void KademliaDirectory::hear(const PeerId& from, Bytes message) {
  const auto change = decode_directory_change(message);
  if (!change) return;
  for (const SignedRecord& signed_record : change->records) {
    const auto record = verifier_.verify(signed_record, from);
    if (record) watches_.deliver(*record);
  }
}

void KademliaDirectory::disconnected(const PeerId& peer, LinkEnd) {
  holder_.storage().stop_watching(peer);
  watches_.holder_lost(peer);
  neighbourhood_.link_closed(peer);
}

}  // namespace moshpit
