#include <algorithm>

#include "net/network_state.hpp"

namespace moshpit {

// Answers when the task that holds it is done, also if it was cancelled: the other side counts on
// one answer a question.
struct Network::State::Reply {
  Reply(State& owner, LinkId link_id, std::uint32_t question)
      : state(&owner), link(link_id), id(question) {}
  Reply(Reply&& other) noexcept
      : state(std::exchange(other.state, nullptr)),
        link(other.link),
        id(other.id),
        answer(std::move(other.answer)) {}
  Reply& operator=(Reply&&) = delete;
  ~Reply() {
    if (!state) return;
    const auto asker = state->conversations_.find(link);
    if (asker != state->conversations_.end()) asker->second->answer(id, std::move(answer));
  }

  State* state;
  LinkId link;
  std::uint32_t id;
  Bytes answer;
};

void Network::State::ask(const Contact& to, Protocol protocol, Bytes question,
                         Fulfilment<Result<Bytes>> answer) {
  const auto number = static_cast<std::uint8_t>(protocol);
  if (to.id == credentials.id()) {
    Served* own = served(number);
    if (!own) return answer.fulfil(Bytes());
    own->answers.spawn(answer_self(own->service, std::move(question), std::move(answer)));
    return;
  }
  Conversation* conversation = standing(to.id);
  if (!conversation) {
    dial_to(to).questions.push_back({number, std::move(question), std::move(answer)});
    return;
  }
  conversation->ask(number, std::move(question), std::move(answer));
}

bool Network::State::tell(const PeerId& to, Protocol protocol, Frame message, Priority priority) {
  Conversation* conversation = standing(to);
  if (!conversation) return false;
  conversation->tell(static_cast<std::uint8_t>(protocol), std::move(message), priority);
  return true;
}

void Network::State::drain(const PeerId& to, std::size_t bytes, Time deadline,
                           Fulfilment<bool> drained) {
  Conversation* conversation = standing(to);
  if (!conversation) return drained.fulfil(false);
  conversation->drain(bytes, deadline, std::move(drained));
}

void Network::State::asked(Conversation& by, std::uint8_t protocol, std::uint32_t id,
                           Bytes question) {
  Served* known = served(protocol);
  if (!known) return by.answer(id, {});
  known->answers.spawn(answer_from(known->service, by.theirs().sender, std::move(question),
                                   Reply(*this, by.id(), id)));
}

Task<> Network::State::answer_from(Service& service, Contact from, Bytes question, Reply reply) {
  Task<Bytes> answering = service.answer(std::move(from), std::move(question));
  Bytes answer = co_await answering;  // no deadline: the asker has one, and stop_serving() ends it
  reply.answer = std::move(answer);
}

Task<> Network::State::answer_self(Service& service, Bytes question,
                                   Fulfilment<Result<Bytes>> answer) {
  Task<Bytes> answering = service.answer(self(), std::move(question));
  Bytes own = co_await answering;  // no deadline: the asker has one, and stop_serving() ends it
  answer.fulfil(std::move(own));
}

void Network::State::told(Conversation& by, std::uint8_t protocol, Bytes message) {
  Served* known = served(protocol);
  if (known) known->service.hear(by.peer(), std::move(message));
}

void Network::State::measured(Conversation& with, Duration sample) {
  round_trips_[with.peer()].add(sample);
}

// What is known.

Conversation* Network::State::standing(const PeerId& peer) const {
  const auto link = table_.find(peer);
  return link ? conversations_.at(*link).get() : nullptr;
}

std::vector<Contact> Network::State::connected_peers() const {
  std::vector<Contact> contacts;
  for (const PeerId& peer : table_.peers()) contacts.push_back(standing(peer)->theirs().sender);
  return contacts;
}

std::optional<Duration> Network::State::round_trip(const PeerId& peer) const {
  const auto known = round_trips_.find(peer);
  return known == round_trips_.end() ? std::nullopt : known->second.mean();
}

// The median, so that one peer that stood still for a while holds nobody up.
Duration Network::State::usual_round_trip() const {
  std::vector<Duration> measured;
  for (const auto& [peer, round_trip] : round_trips_) {
    if (const auto mean = round_trip.mean()) measured.push_back(*mean);
  }
  if (measured.empty()) return Duration{0};
  const auto middle = measured.begin() + static_cast<std::ptrdiff_t>(measured.size() / 2);
  std::ranges::nth_element(measured, middle);
  return *middle;
}

Duration Network::State::patience(const PeerId& peer) const {
  const auto known = round_trips_.find(peer);
  return known == round_trips_.end() ? RoundTrip().patience() : known->second.patience();
}

const Network::Counters& Network::State::counters() const {
  counters_.bytes_sent = closed_.bytes_sent;
  counters_.bytes_received = closed_.bytes_received;
  for (const auto& [link, conversation] : conversations_) {
    counters_.bytes_sent += conversation->bytes_sent();
    counters_.bytes_received += conversation->bytes_received();
  }
  return counters_;
}

}  // namespace moshpit
