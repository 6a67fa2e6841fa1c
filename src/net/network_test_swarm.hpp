// What the tests of the Network share: members of a run in the simulated world that answer
// questions in a few ways.
#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/handshake.hpp"
#include "net/network.hpp"
#include "sim/world.hpp"

namespace moshpit {

inline Membership test_membership(std::string_view secret = "a secret of 16 b") {
  Membership membership;
  membership.run = RunId{sha256(as_bytes("a run"))};
  membership.secret = to_bytes(secret);
  return membership;
}

// A program of a host: a Network, and a service that answers "echo TEXT" at once, "later TEXT"
// after 300 ms and "never" not at all.
class Member : public Service {
 public:
  explicit Member(sim::Host& host, Membership membership = test_membership())
      : loop_(host.loop()),
        network(host.loop(), host.transport(), host.credentials(), std::move(membership)),
        contact_{host.id(), {host.address()}},
        tasks_(host.loop()) {
    network.serve(Protocol::match, *this);
  }

  Task<Bytes> answer(Contact from, Bytes question) override {
    const std::string text(as_text(question));
    asked_by.push_back(from);
    ++answering;
    most_answering = std::max(most_answering, answering);
    if (text.starts_with("later")) co_await loop_.sleep_for(std::chrono::milliseconds(300));
    if (text == "never") co_await loop_.sleep_for(std::chrono::hours(1));
    --answering;
    co_return to_bytes("re: " + text);
  }
  void hear(const PeerId&, Bytes message) override { heard.emplace_back(as_text(message)); }
  void disconnected(const PeerId& peer, LinkEnd end) override {
    lost.push_back(peer);
    ends.push_back(end);
  }

  // Asks, and keeps the outcome under the question's number.
  int ask(const Contact& to, std::string question, Duration patience,
          Protocol protocol = Protocol::match) {
    tasks_.spawn(do_ask(asked, to, protocol, to_bytes(question), loop_.now() + patience));
    return asked++;
  }
  void connect_to(const Address& address) { tasks_.spawn(do_connect_to(address)); }
  void connect(const Contact& to) { tasks_.spawn(do_connect(to)); }
  void drain(const PeerId& to, Duration patience) { tasks_.spawn(do_drain(to, patience)); }

  void leave(Duration patience) { tasks_.spawn(do_leave(patience)); }

  const Contact& contact() const { return contact_; }
  bool all_answered() const { return static_cast<int>(outcomes.size()) == asked; }
  std::string answer_to(int question) const {
    const auto& outcome = outcomes.at(question);
    return outcome ? std::string(as_text(*outcome)) : "error: " + outcome.error().message();
  }

 private:
  Loop& loop_;

 public:
  Network network;
  std::vector<Contact> asked_by;
  std::size_t answering = 0;
  std::size_t most_answering = 0;
  std::vector<std::string> heard;
  std::vector<PeerId> lost;
  std::optional<bool> left;
  std::vector<LinkEnd> ends;  // of the same links
  int asked = 0;
  std::map<int, Result<Bytes>> outcomes;
  std::map<int, Duration> took;
  std::optional<Result<Contact>> learnt;
  std::optional<Result<void>> connected;
  std::optional<bool> drained;

 private:
  Task<> do_ask(int number, Contact to, Protocol protocol, Bytes question, Time deadline) {
    const Time asked_at = loop_.now();
    auto outcome = co_await network.ask(to, protocol, question, deadline);
    outcomes.emplace(number, std::move(outcome));
    took[number] = loop_.now() - asked_at;
  }
  Task<> do_connect_to(Address address) {
    const Time deadline = loop_.now() + std::chrono::seconds(10);
    auto contact = co_await network.connect_to(address, deadline);
    learnt = std::move(contact);
  }
  Task<> do_connect(Contact to) {
    const Time deadline = loop_.now() + std::chrono::seconds(10);
    auto outcome = co_await network.connect(to, deadline);
    connected = std::move(outcome);
  }
  Task<> do_drain(PeerId to, Duration patience) {
    const Time deadline = loop_.now() + patience;
    auto outcome = co_await network.drained(to, 0, deadline);
    drained = outcome;
  }

  Task<> do_leave(Duration patience) {
    const Time deadline = loop_.now() + patience;
    const bool outcome = co_await network.leave(deadline);
    left = outcome;
  }

  Contact contact_;
  TaskGroup tasks_;
};

// Two members that do not know each other yet.
struct Two {
  explicit Two(std::uint64_t seed = 1, sim::NetworkModel model = {})
      : world(seed, model), host(world.add_host()), other_host(world.add_host()) {
    one = &host.start<Member>(host);
    other = &other_host.start<Member>(other_host);
  }

  void pass(Duration duration) { world.run_until(world.now() + duration); }
  void connect() {
    one->connect(other->contact());
    pass(std::chrono::seconds(1));
    ASSERT_TRUE(one->network.connected(other->network.id()));
    ASSERT_TRUE(other->network.connected(one->network.id()));
  }

  sim::World world;
  sim::Host& host;
  sim::Host& other_host;
  Member* one;
  Member* other;
};

// Talks on a bare link, as no Network would.
class Stranger {
 public:
  explicit Stranger(sim::Host& host)
      : id_(host.id()), loop_(host.loop()), transport_(host.transport()), tasks_(loop_) {}

  void send_to(const Address& address, std::vector<Bytes> frames) {
    tasks_.spawn(do_send(address, std::move(frames), false));
  }
  // As a member of the run, until its Hello is out.
  void greet_and_send_to(const Address& address, std::vector<Bytes> frames) {
    tasks_.spawn(do_send(address, std::move(frames), true));
  }

  std::vector<Bytes> heard;
  std::optional<Time> closed;

 private:
  Bytes hello_on(const Link& link) const {
    const Membership membership = test_membership();
    Hello hello;
    hello.run = membership.run;
    hello.sender.id = id_;
    hello.proof = prove_membership(membership, link.binding(), Role::dialler, id_);
    return encode(hello);
  }

  Task<> do_send(Address address, std::vector<Bytes> frames, bool greets) {
    const Time deadline = loop_.now() + std::chrono::seconds(3);
    auto link = co_await transport_.dial(address, std::nullopt, deadline);
    if (!link) co_return;
    if (greets) frames.insert(frames.begin(), hello_on(**link));
    for (Bytes& frame : frames) (*link)->send(std::move(frame), Priority::control);
    while (!closed) {
      auto frame = co_await (*link)->receive();  // no deadline: that the link is closed is the test
      if (frame) heard.push_back(*std::move(frame));
      if (!frame) closed = loop_.now();
    }
  }

  PeerId id_;
  Loop& loop_;
  Transport& transport_;
  TaskGroup tasks_;
};

}  // namespace moshpit
