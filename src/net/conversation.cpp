#include "net/conversation.hpp"

#include <utility>

#include "net/network.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// A member sends its Hello at once: this is several round trips to anywhere, and a few lost
// packets.
constexpr Duration hello_limit = 5s;

// Of two links that were dialled at the same time one may be given up a moment before the other is
// ready. Were it closed at once, the peer would seem to be gone.
constexpr Duration succession_limit = 1s;

// For the refused side to read why, if it still listens.
constexpr Duration refusal_linger = 1s;

// A retired link is closed by then, whatever is under way on it: nobody waits for an answer for
// longer than this without asking again.
constexpr Duration farewell_linger = 10s;

// Before the Hello 64 KiB are enough for anything (Link); a member may send this.
constexpr std::size_t member_frame_limit = message_limit + envelope_size;

// Questions of one link that are answered at a time: more than any protocol asks a peer at once.
constexpr std::size_t answering_limit = 256;

// Further questions wait their turn. The link goes on being read, because an answer that the other
// side's questions wait for may stand behind them; so what waits must be bounded, and a peer beyond
// the bound is not one of ours.
constexpr std::size_t waiting_limit = 1024;
constexpr std::size_t waiting_bytes_limit = 16 * 1024 * 1024;

// Questions and answers beyond this size would hold up everybody's pings.
constexpr std::size_t small_limit = 64 * 1024;

// Most links of a peer carry nothing but the directory's questions, which find out by themselves
// who is silent.
bool used_by_rounds(std::uint8_t protocol) {
  return protocol != static_cast<std::uint8_t>(Protocol::directory);
}

Priority priority_of(ByteView payload) {
  return payload.size() <= small_limit ? Priority::control : Priority::bulk;
}

}  // namespace

Conversation::Conversation(Loop& loop, Owner& owner, LinkId id, std::unique_ptr<Link> link,
                           Role role, const Membership& membership)
    : loop_(loop),
      owner_(owner),
      id_(id),
      role_(role),
      membership_(membership),
      link_(std::move(link)),
      greeting_deadline_(loop.now() + hello_limit),
      pulse_(loop.now(), role),
      tasks_(loop) {}

void Conversation::begin(Hello hello, Fulfilment<Result<Contact>> greeting) {
  our_dial_number_ = hello.dial_number;
  hello.proof = prove_membership(membership_, link_->binding(), role_, hello.sender.id);
  greeting_ = std::move(greeting);
  link_->send(encode(hello), Priority::control);
  tasks_.spawn(listen());
}

Task<> Conversation::listen() {
  bool going_on = true;
  while (going_on) {
    auto frame = co_await link_->receive();  // no deadline: tick() ends a silent link
    going_on = frame && take(*std::move(frame));
  }
  owner_.ended(*this);
}

bool Conversation::take(Bytes frame) {
  bytes_received_ += frame.size();
  pulse_.heard(loop_.now());
  if (refused_) return true;
  return greeted_ ? take_frame(std::move(frame)) : take_opening(frame);
}

bool Conversation::take_opening(ByteView frame) {
  const auto opening = decode_opening(frame);
  if (!opening) return refuse(RefusalReason::not_a_member, network_version);
  if (const Refusal* refusal = std::get_if<Refusal>(&*opening)) {
    failure_ = explain(*refusal, link_->remote());
    return false;
  }
  return take_hello(std::get<Hello>(*opening));
}

bool Conversation::take_hello(const Hello& hello) {
  const auto problem = judge(hello, membership_, link_->binding(), opposite(role_), link_->peer());
  if (problem) return refuse(*problem, hello.version);
  theirs_ = hello;
  if (theirs_.outbound_only) theirs_.sender.addresses.clear();
  greeted_ = true;
  link_->set_frame_limit(member_frame_limit);
  owner_.greeted(*this);
  greeting_.fulfil(theirs_.sender);
  if (role_ == Role::dialler) owner_.measured(*this, pulse_.opened(loop_.now()));
  return true;
}

// The dialler leaves at once; it knows why. The acceptor tells the other side first.
bool Conversation::refuse(RefusalReason reason, std::uint32_t their_version) {
  refused_ = true;
  failure_ = explain(Refusal{reason, their_version}, link_->remote());
  if (role_ == Role::dialler) return false;
  greeting_deadline_ = loop_.now() + refusal_linger;
  link_->send(encode(Refusal{reason}), Priority::control);
  return true;
}

bool Conversation::take_frame(Bytes frame) {
  const auto envelope = open_envelope(frame);
  refused_ = !envelope;
  if (!envelope) return false;
  switch (envelope->kind) {
    case FrameKind::question:
      return take_question({envelope->protocol, envelope->id, without_envelope(std::move(frame))});
    case FrameKind::answer:
      take_answer(envelope->id, without_envelope(std::move(frame)));
      return true;
    case FrameKind::message:
      used(envelope->protocol);
      owner_.told(*this, envelope->protocol, without_envelope(std::move(frame)));
      return true;
    case FrameKind::ping:
      send({FrameKind::pong, 0, envelope->id}, {}, Priority::control);
      return true;
    case FrameKind::pong:
      take_pong(envelope->id);
      return true;
    case FrameKind::farewell:
      heard_farewell_ = true;
      owner_.bidden_farewell(*this);
      return true;
    case FrameKind::moved:
      return take_whereabouts(payload_of(frame));
  }
  return false;
}

bool Conversation::take_question(Question question) {
  used(question.protocol);
  if (answering_ < answering_limit) {
    ++answering_;
    owner_.asked(*this, question.protocol, question.id, std::move(question.payload));
    return true;
  }
  waiting_bytes_ += question.payload.size();
  waiting_.push_back(std::move(question));
  return waiting_.size() <= waiting_limit && waiting_bytes_ <= waiting_bytes_limit;
}

void Conversation::answer(std::uint32_t id, Bytes answer) {
  MOSHPIT_ASSERT(answering_ > 0);
  MOSHPIT_ASSERT(answer.size() <= message_limit);
  const Priority priority = priority_of(answer);
  send({FrameKind::answer, 0, id}, std::move(answer), priority);
  --answering_;
  if (waiting_.empty()) return;
  Question next = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= next.payload.size();
  ++answering_;
  owner_.asked(*this, next.protocol, next.id, std::move(next.payload));
}

void Conversation::take_answer(std::uint32_t id, Bytes payload) {
  const auto question = asked_.find(id);
  if (question == asked_.end()) return;  // whoever asked has given up
  question->second.fulfil(std::move(payload));
  asked_.erase(question);
}

void Conversation::take_pong(std::uint32_t id) {
  const auto sample = pulse_.pong(id, loop_.now());
  if (sample) owner_.measured(*this, *sample);
}

bool Conversation::take_whereabouts(ByteView payload) {
  auto whereabouts = decode_whereabouts(payload);
  refused_ = !whereabouts;
  if (!whereabouts) return false;
  theirs_.outbound_only = whereabouts->addresses.empty();
  theirs_.sender.addresses = std::move(whereabouts->addresses);
  return true;
}

void Conversation::ask(std::uint8_t protocol, Bytes question, Fulfilment<Result<Bytes>> answer) {
  MOSHPIT_ASSERT(question.size() <= message_limit);
  use(protocol);
  pulse_.asked(loop_.now());
  const std::uint32_t id = next_question_++;
  asked_.add(id, std::move(answer));
  const Priority priority = priority_of(question);
  send({FrameKind::question, protocol, id}, std::move(question), priority);
}

void Conversation::tell(std::uint8_t protocol, Frame message, Priority priority) {
  MOSHPIT_ASSERT(message.size() <= message_limit);
  use(protocol);
  send({FrameKind::message, protocol, 0}, std::move(message), priority);
}

void Conversation::send(const Envelope& envelope, Frame frame, Priority priority) {
  append_envelope(frame.own(), envelope);
  bytes_sent_ += frame.size();
  link_->send(std::move(frame), priority);
}

void Conversation::drain(std::size_t bytes, Time deadline, Fulfilment<bool> drained) {
  if (link_->backlog() <= bytes) return drained.fulfil(true);
  const std::uint64_t drain = next_drain_++;
  drains_[drain] = std::move(drained);
  tasks_.spawn(watch_backlog(bytes, deadline, drain));
}

Task<> Conversation::watch_backlog(std::size_t bytes, Time deadline, std::uint64_t drain) {
  const bool in_time = co_await link_->drained(bytes, deadline);
  drains_[drain].fulfil(in_time);
  drains_.erase(drain);
}

// Also before the greeting: the Hello has gone out, and this comes behind it.
void Conversation::tell_whereabouts(const std::vector<Address>& addresses) {
  if (said_farewell_) return;
  send({FrameKind::moved, 0, 0}, encode(Whereabouts{addresses}), Priority::control);
}

bool Conversation::busy() const {
  return !asked_.empty() || answering_ > 0 || link_->backlog() > 0;
}

void Conversation::say_farewell() {
  if (std::exchange(said_farewell_, true)) return;
  farewell_deadline_ = loop_.now() + farewell_linger;
  // Control frames overtake bulk ones and not the reverse: so it comes last.
  send({FrameKind::farewell, 0, 0}, {}, Priority::bulk);
}

// A ping on a link that the other side may have closed already would make the system throw away our
// last answers: so a link on which both have taken leave is only waited for.
bool Conversation::farewell_complete() const {
  return said_farewell_ && heard_farewell_ && !busy();
}

bool Conversation::awaits_successor(Time now) const {
  return now < farewell_deadline_ - farewell_linger + succession_limit;
}

bool Conversation::tick(std::optional<Duration> round_trip, bool succeeded) {
  const Time now = loop_.now();
  pulse_.looked_after(now);
  if (!greeted_) return now < greeting_deadline_;
  forget_unwanted();
  if (farewell_complete() && (succeeded || !awaits_successor(now))) return false;
  if (said_farewell_) return now < farewell_deadline_;
  if (pulse_.silent(now, round_trip)) return false;
  if (pulse_.wants_ping(now)) ping();
  return true;
}

void Conversation::ping() {
  send({FrameKind::ping, 0, pulse_.ping(loop_.now())}, {}, Priority::control);
}

// By this side, which has to know soon how long to wait for the other. Whoever was dialled and only
// answers need not.
void Conversation::use(std::uint8_t protocol) {
  used(protocol);
  if (pulse_.unmeasured()) ping();
}

void Conversation::used(std::uint8_t protocol) {
  pulse_.used(loop_.now());
  if (used_by_rounds(protocol)) pulse_.needed(loop_.now());
}

void Conversation::excuse() {
  pulse_.excuse(loop_.now());
  if (!greeted_) greeting_deadline_ = loop_.now() + hello_limit;
}

// A question whose asker has given up may be answered never: it must not keep the link busy.
void Conversation::forget_unwanted() {
  asked_.erase_if([](const auto& question) { return !question.second.wanted(); });
}

void Conversation::end() {
  for (auto& [id, question] : asked_) question.fulfil(closed());
  asked_.clear();
  for (auto& [id, drained] : drains_) drained.fulfil(false);
  greeting_.fulfil(failure_.value_or(closed()));
}

Error Conversation::closed() const {
  return Error(
      ErrorCode::unreachable,
      "The link to peer " + peer().brief() + " at " + link_->remote() +
          (greeted_ ? " closed before it answered." : " closed before it said who it is."));
}

}  // namespace moshpit
