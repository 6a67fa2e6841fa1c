#include "directory/neighbourhood.hpp"

#include <algorithm>

#include "directory/set_digest.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Questions in flight during a look-up: Kademlia's alpha. More saves little time and costs
// handshakes.
constexpr std::size_t usual_parallelism = 3;

// With so few contacts no bucket has had to turn anybody away: the table is the run, and the
// closest in it are the closest there are. They are asked all at once, and a record is left with
// them in the same question.
constexpr std::size_t small_run = 2 * replication;

// A record is left with all who hold the key, and those who watch the key are told of it by so many
// of them: one would do, and each may be lost, or passed over by a publisher that does not know
// everybody yet.
constexpr std::size_t pushing_holders = 4;
// And in a large run so many say what stands there already: where many do, these answers are most
// of what the directory costs.
constexpr std::size_t telling_holders = 6;

// Of those that a walk meets first each is the closest for a moment: whoever is so many times as
// far as the last of the closest should be is not one of them.
constexpr double far_off = 2;

// An answer on a standing link takes a round trip; four of them mean that something is wrong. On a
// loaded machine a scheduler's turn or two is no reason to ask somebody else.
constexpr int slow_round_trips = 4;
constexpr Duration slow_at_least = 20ms;

// Dial, TLS and proof of the secret take four round trips, of 100 ms across an ocean, before the
// question goes out.
constexpr Duration slow_dial = 500ms;

// Enough for a full key of typical records, and an end to those who never stop saying that there is
// more.
constexpr int page_limit = 64;

}  // namespace

Inquiry::Inquiry(Network& network, const DirectoryKey& target, WantedRecords wanted,
                 std::size_t closest_wanted)
    : key(target),
      lookup(network.id(), target, usual_parallelism, closest_wanted),
      progress(network.loop()) {
  on_the_way.key = target;
  on_the_way.wanted = wanted;
  on_the_way.wants_closest = true;
}

void Inquiry::found(const VerifiedRecord& record) {
  if (record.claim->key != key) return;
  const auto [standing, added] = records.try_emplace(record.publisher(), record);
  if (added) return;
  VerifiedRecord& known = standing->second;
  if (record.version() > known.version()) {
    known = record;
  } else if (known.origin.says_the_same_as(record.origin)) {
    known.origin.remaining = std::max(known.origin.remaining, record.origin.remaining);
  }
}

void Inquiry::answered_by_holder(const PeerId& peer, const DirectoryQuestion& question) {
  holders.insert(peer);
  if (question.wanted == WantedRecords::all) tellers.insert(peer);
  if (question.watch > Duration{0}) pushers.insert(peer);
}

bool Inquiry::has_asked(const PeerId& holder, const DirectoryQuestion& question) const {
  const bool tells = question.wanted == WantedRecords::all;
  const bool pushes = question.watch > Duration{0};
  return holders.contains(holder) && (!tells || tellers.contains(holder)) &&
         (!pushes || pushers.contains(holder));
}

std::size_t Inquiry::tellers_in_reach() const {
  const auto in_reach = [this](const PeerId& peer) {
    return lookup.in_reach(peer, lookup.wanted());
  };
  return static_cast<std::size_t>(std::ranges::count_if(tellers, in_reach));
}

Neighbourhood::Neighbourhood(Network& network, RecordVerifier& verifier)
    : network_(network), verifier_(verifier), table_(network.id()), news_came_(network.loop()) {}

void Neighbourhood::heard_from(const Contact& contact) {
  if (!table_.heard_from(contact)) return;
  if (slow_.erase(contact.id) > 0) return;
  news_.arrived.push_back(contact);
  news_came_.set();
}

// A standing link means that the peer is slow or its line is full: it is asked nothing for a while,
// but to hand on all that it holds would fill everybody's line. A dead one soon loses its link.
void Neighbourhood::lost(const PeerId& peer) {
  ++counters_.failures;
  if (!table_.failed(peer, network_.loop().now())) return;
  if (network_.connected(peer)) {
    slow_.insert(peer);
    return;
  }
  news_.lost.push_back(peer);
  news_came_.set();
}

// Links are also closed because they are idle, so only about the neighbours, with which this peer
// shares what it holds, is it worth a question whether they are still there.
void Neighbourhood::link_closed(const PeerId& peer) {
  if (slow_.erase(peer) > 0) {
    news_.lost.push_back(peer);
    news_came_.set();
  }
  for (const Contact& neighbour : table_.closest(place_of(network_.id()))) {
    if (neighbour.id != peer) continue;
    news_.doubted.push_back(neighbour);
    news_came_.set();
  }
}

Neighbourhood::News Neighbourhood::take_news() {
  news_came_.reset();
  return std::exchange(news_, News{});
}

Task<std::optional<DirectoryAnswer>> Neighbourhood::ask(Contact to, DirectoryQuestion question) {
  ++counters_.questions;
  const Duration patience = network_.patience(to.id);
  std::optional<DirectoryAnswer> answer;
  if (!network_.connected(to.id)) {
    const Time deadline = network_.loop().now() + patience;
    auto linked = co_await network_.connect(to, deadline);
    if (!linked) {
      lost(to.id);
      co_return answer;
    }
  }
  const Time deadline = network_.loop().now() + patience;
  Bytes bytes = encode(question);
  auto reply = co_await network_.ask(to, Protocol::directory, std::move(bytes), deadline);
  if (reply) answer = decode_directory_answer(*reply);
  if (answer) {
    heard_from(to);
  } else {
    lost(to.id);
  }
  co_return answer;
}

bool Neighbourhood::is_small() const { return table_.usable() <= small_run; }

Time Neighbourhood::slow_at(const PeerId& peer) const {
  const Time now = network_.loop().now();
  const auto round_trip = network_.round_trip(peer);
  if (!network_.connected(peer) || !round_trip) return now + slow_dial;
  return now + std::max(slow_at_least, slow_round_trips * *round_trip);
}

std::vector<Contact> Neighbourhood::without_suspects(std::vector<Contact> contacts) const {
  std::erase_if(contacts, [&](const Contact& contact) { return table_.suspects(contact.id); });
  return contacts;
}

std::size_t Neighbourhood::brief_copies() const {
  const std::size_t others = table_.usable();
  return others <= all_get_copies ? std::max(others, brief_replication) : brief_replication;
}

void Neighbourhood::prepare(Inquiry& inquiry) const {
  if (std::exchange(inquiry.prepared, true)) return;
  // One more than are asked: each is asked whether it knows better without itself.
  std::vector<Contact> known = table_.closest(inquiry.key, replication + 1);
  if (known.empty()) known = table_.contacts();
  inquiry.lookup.start(known);
  inquiry.spacing = 0x1.0p64 / static_cast<double>(table_.estimated_peers());
  if (!is_small()) return;
  inquiry.lookup.widen(replication);
  const bool leaves = inquiry.for_holders && !inquiry.for_holders->records.empty();
  if (leaves) inquiry.for_holders->told = inquiry.lookup.in_window();
}

Task<> Neighbourhood::walk(Inquiry& inquiry) {
  TaskGroup visits(network_.loop());
  prepare(inquiry);
  while (!inquiry.lookup.done()) {
    while (auto next = inquiry.lookup.next(network_.loop().now())) {
      inquiry.lookup.asked(next->id, slow_at(next->id));
      visits.spawn(visit(inquiry, *next));
    }
    inquiry.progress.reset();
    const auto wake = inquiry.lookup.next_slow(network_.loop().now());
    if (wake) {
      co_await inquiry.progress.wait_until(*wake);
    } else {
      co_await inquiry.progress.wait();  // every visit ends by its own deadlines
    }
  }
  ++counters_.walks;
  counters_.hops += inquiry.lookup.hops();
  co_await visit_holders(inquiry);
}

Task<> Neighbourhood::visit(Inquiry& inquiry, Contact to) {
  const bool as_holder = inquiry.for_holders && (inquiry.leaves_copies || is_small()) &&
                         in_reach(inquiry, to.id, inquiry.lookup.wanted());
  DirectoryQuestion question = as_holder ? question_for(inquiry, to.id) : inquiry.on_the_way;
  question.wants_closest = true;
  question.known_peers = inquiry.lookup.known_besides(to.id);
  auto answer = co_await ask_all_pages(inquiry, to, question);
  if (answer) {
    if (as_holder) inquiry.answered_by_holder(to.id, question);
    inquiry.lookup.answered(to.id, without_suspects(answer->closest));
  } else {
    inquiry.lookup.failed(to.id);
  }
  const bool holders_are_known = is_small() || inquiry.lookup.done();
  if (inquiry.holder_answered && holders_are_known) inquiry.holder_answered();
  inquiry.progress.set();
}

DirectoryQuestion Neighbourhood::question_for(const Inquiry& inquiry, const PeerId& holder) const {
  DirectoryQuestion question = *inquiry.for_holders;
  if (!in_reach(inquiry, holder, pushing_holders)) question.watch = Duration{0};
  const bool tells = is_small() || in_reach(inquiry, holder, telling_holders);
  if (!tells) question.wanted = WantedRecords::own;
  return question;
}

// Whether the peer is one of the closest, as far as is known by now.
bool Neighbourhood::in_reach(const Inquiry& inquiry, const PeerId& peer, std::size_t count) const {
  const auto off = static_cast<double>(leading_distance(peer, inquiry.key));
  const double expected = static_cast<double>(count) * inquiry.spacing;
  const bool plausible = is_small() || inquiry.lookup.done() || off <= far_off * expected;
  return plausible && inquiry.lookup.in_reach(peer, count);
}

Task<> Neighbourhood::visit_holders(Inquiry& inquiry) {
  TaskGroup visits(network_.loop());
  if (!inquiry.for_holders) co_return;
  for (const Contact& holder : inquiry.lookup.closest()) {
    DirectoryQuestion question = question_for(inquiry, holder.id);
    if (inquiry.has_asked(holder.id, question)) continue;
    visits.spawn(visit_holder(inquiry, holder, std::move(question)));
  }
  co_await visits.join();  // every visit ends by its own deadlines
}

Task<> Neighbourhood::visit_holder(Inquiry& inquiry, Contact to, DirectoryQuestion question) {
  auto answer = co_await ask_all_pages(inquiry, to, question);
  if (!answer) co_return;
  inquiry.answered_by_holder(to.id, question);
  if (inquiry.holder_answered) inquiry.holder_answered();
}

// Suspects are passed over, and what would lie with them lies elsewhere: not where those look who
// do not suspect them.
std::optional<std::uint64_t> Neighbourhood::keepers(const Inquiry& inquiry) const {
  SetDigest keepers;
  const std::vector<Contact> closest = inquiry.lookup.closest();
  if (closest.size() < std::min(inquiry.lookup.wanted(), table_.contacts().size()))
    return std::nullopt;
  for (const Contact& contact : closest) {
    if (!inquiry.holders.contains(contact.id)) return std::nullopt;
    keepers.add(contact.id);
  }
  return keepers.value();
}

// The first page is the answer; the records of all pages go into the inquiry.
Task<std::optional<DirectoryAnswer>> Neighbourhood::ask_all_pages(Inquiry& inquiry, Contact to,
                                                                  DirectoryQuestion question) {
  std::optional<DirectoryAnswer> first;
  for (int page = 0; page < page_limit; ++page) {
    auto answer = co_await ask(to, question);
    if (!answer) co_return first;
    std::optional<PeerId> last;
    for (const SignedRecord& signed_record : answer->records) {
      // Pages go on behind what is not believed as well: liars must not hide who comes after them.
      const auto claim = decode_claim(signed_record.claim());
      if (claim) last = claim->publisher.id;
      const auto record = verifier_.verify(signed_record, to.id);
      if (!record) continue;
      inquiry.found(*record);
      if (inquiry.heard) inquiry.heard(*record);
    }
    const bool more = answer->more && last && (!question.after || *last > *question.after);
    if (!first) first = std::move(answer);
    if (!more) co_return first;
    question.after = last;
    question.records.clear();
  }
  co_return first;
}

}  // namespace moshpit
