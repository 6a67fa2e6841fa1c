#include "directory/upkeep.hpp"

#include <algorithm>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Often enough for probes that begin after two seconds, and cheap if nothing is due.
constexpr Duration tick_period = 1s;

// Neighbours decide where records lie, so they are looked for more often than those far away, of
// whom every look-up that passes by brings news. The first time comes soon: those who joined at the
// same moment have just arrived.
constexpr Duration look_around_first = 5s;
constexpr Duration look_around_period = 60s;
constexpr Duration refresh_period = 10min;

// After a partition everybody takes half of the run for dead, and the dead are asked ever less
// often. One of them, drawn anew each time, is asked this often besides: that is enough for the
// first to find somebody of the other half at once, and everybody else hears of it from there.
constexpr Duration reunion_period = 5s;

// So many must be known in each far bucket for a look-up to get closer; each costs a link. Whoever
// asks later is known from then on.
constexpr std::size_t far_contacts = 2;

// Keys handed on in one tick; the others wait for the next, so that no burst delays the questions
// of a round.
constexpr std::size_t keys_per_tick = 16;

}  // namespace

Upkeep::Upkeep(Network& network, Neighbourhood& neighbourhood, Holder& holder, OwnRecords& own)
    : network_(network),
      neighbourhood_(neighbourhood),
      holder_(holder),
      own_(own),
      look_around_at_(network.loop().now() + look_around_first),
      refresh_at_(network.loop().now() + refresh_period),
      reunion_at_(network.loop().now() + reunion_period),
      tasks_(network.loop()) {
  tasks_.spawn(run());
}

Task<> Upkeep::run() {
  Event& news = neighbourhood_.news_came();
  while (true) {
    const Time next_tick = network_.loop().now() + tick_period;
    co_await news.wait_until(next_tick);
    tick();
  }
}

void Upkeep::tick() {
  const Time now = network_.loop().now();
  holder_.storage().expire(now);
  own_.expire(now);
  read_news();
  while (auto suspect = neighbourhood_.next_probe()) tasks_.spawn(probe(*suspect));
  std::size_t left = keys_per_tick;
  for (const DirectoryKey& key : holder_.storage().due(now)) {
    if (left-- == 0) break;
    hand_on(key);
  }
  if (now >= look_around_at_) {
    look_around_at_ = now + look_around_period;
    tasks_.spawn(look_around());
  }
  if (now >= reunion_at_) {
    reunion_at_ = now + reunion_period;
    const auto suspect = neighbourhood_.table().one_of_many_suspects(network_.loop().random());
    if (suspect) tasks_.spawn(probe(*suspect));
  }
  if (now >= refresh_at_) {
    refresh_at_ = now + refresh_period;
    tasks_.spawn(refresh());
  }
}

void Upkeep::read_news() {
  const Neighbourhood::News news = neighbourhood_.take_news();
  for (const Contact& newcomer : news.arrived) welcome(newcomer);
  for (const Contact& doubted : news.doubted) tasks_.spawn(probe(doubted));
  for (const PeerId& lost : news.lost) {
    for (const DirectoryKey& key : holder_.storage().keys()) {
      if (neighbourhood_.table().among_closest(lost, key)) holder_.hand_on_soon(key);
    }
  }
}

void Upkeep::welcome(const Contact& newcomer) {
  for (const DirectoryKey& key : holder_.storage().keys()) {
    if (!neighbourhood_.table().among_closest(newcomer.id, key)) continue;
    if (answers_for(key, newcomer)) tasks_.spawn(hand_on(key, newcomer));
  }
}

// Of all who hold the key the closest tells the newcomer; if it has died meanwhile, the newcomer
// waits for the regular turn.
bool Upkeep::answers_for(const DirectoryKey& key, const Contact& newcomer) const {
  const Distance own = distance(network_.id(), key);
  for (const Contact& closest : neighbourhood_.table().closest(key, 2)) {
    if (closest.id != newcomer.id && distance(closest.id, key) < own) return false;
  }
  return true;
}

// To all who should hold it. A holder that is no longer one of the closest does so one last time
// and then only keeps it.
void Upkeep::hand_on(const DirectoryKey& key) {
  holder_.handed_on(key);
  if (!neighbourhood_.table().among_closest(network_.id(), key)) {
    holder_.storage().hand_on_at(key, network_.loop().now() + time_to_live_limit);
  }
  for (const Contact& to : neighbourhood_.table().closest(key)) tasks_.spawn(hand_on(key, to));
}

// The first answer brings what the other holds and this peer does not.
Task<> Upkeep::hand_on(DirectoryKey key, Contact to) {
  const std::vector<DirectoryQuestion> portions = holder_.portions(key);
  for (const DirectoryQuestion& portion : portions) {
    auto answer = co_await neighbourhood_.ask(to, portion);
    if (!answer) co_return;
    holder_.take(answer->records, to.id);
  }
}

Task<> Upkeep::probe(Contact contact) {
  DirectoryQuestion question;
  question.key = place_of(network_.id());
  co_await neighbourhood_.ask(contact, question);
}

Task<> Upkeep::look_around() {
  const DirectoryKey own_place = place_of(network_.id());
  co_await walk_to(own_place, replication);
}

Task<> Upkeep::walk_to(DirectoryKey target, std::size_t wanted) {
  Inquiry inquiry(network_, target, WantedRecords::none, wanted);
  co_await neighbourhood_.walk(inquiry);
}

Task<> Upkeep::refresh() {
  TaskGroup walks(network_.loop());
  for (const DirectoryKey& target : neighbourhood_.far_targets())
    walks.spawn(walk_to(target, far_contacts));
  co_await walks.join();  // every walk ends by the deadlines of its questions
}

}  // namespace moshpit
