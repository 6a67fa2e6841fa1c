#include "net/dial_back.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "net/reachable.hpp"
#include "wire/net_messages.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// As long as anybody dials an address (network_state.cpp): whoever takes longer is found by nobody.
constexpr Duration longest_trial = 3s;

// The first two decide if they agree.
constexpr int most_heard = 3;

// Hundreds come at once, and whom they all ask serves so many at a time.
constexpr int times_in_a_crowd = 3;
constexpr Duration pause_in_a_crowd = 1s;

// Who was told little asks whoever has come meanwhile.
constexpr Duration before_asking_further = 30s;
// A person who has read the advice opens a port within minutes, and a few minutes more without
// connections hurt less than three dials in vain every other moment.
constexpr Duration before_asking_anew = 5min;

// A newcomer asks a member once, and again after minutes.
constexpr Duration serves_again_after = 10s;

// Sockets, which last for three seconds at most; a process has 1,024 descriptors, if nobody has
// raised that.
constexpr std::size_t trials_limit = 256;

bool is_of_this_machine(const Address& address) {
  return address.host.starts_with("127.") || address.host == "localhost" || address.host == "::1";
}

std::string list(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& address : addresses) text += (text.empty() ? "" : ", ") + address.text();
  return text;
}

}  // namespace

DialBack::DialBack(Network& network) : network_(network), tasks_(network.loop()) {
  network_.serve(Protocol::dial_back, *this);
}

DialBack::~DialBack() { network_.stop_serving(Protocol::dial_back); }

// The asking side.

Task<> DialBack::consult(Contact member, Time deadline) {
  if (network_.listening().empty() || opinions_.decided()) co_return;
  co_await hear_from(std::move(member), opinions_, deadline);
  network_.advertise(opinions_.dialable());
}

Task<> DialBack::settle(Time deadline) {
  if (network_.listening().empty()) co_return;
  co_await gather(opinions_, deadline);
  for (int i = 0; i < times_in_a_crowd && opinions_.tried() == 0; ++i) {
    if (network_.loop().now() >= deadline) break;
    co_await network_.loop().sleep_for(pause_in_a_crowd);
    co_await gather(opinions_, deadline);
  }
  network_.advertise(opinions_.dialable());
  tasks_.spawn(keep_asking());
}

// Until two have said yes: others come that were not asked yet, and ports are opened.
Task<> DialBack::keep_asking() {
  while (!opinions_.decided() || !opinions_.dialable()) {
    const Duration pause = opinions_.decided() ? before_asking_anew : before_asking_further;
    co_await network_.loop().sleep_for(pause);
    const Time deadline = network_.loop().now() + pause;
    Opinions opinions = opinions_.decided() ? Opinions() : opinions_;
    if (opinions_.decided()) heard_.clear();
    co_await gather(opinions, deadline);
    if (opinions.tried() < opinions_.tried()) continue;
    opinions_ = opinions;
    network_.advertise(opinions_.dialable());
  }
}

Task<> DialBack::gather(Opinions& opinions, Time deadline) {
  std::vector<Contact> members = network_.connected_peers();
  network_.loop().random().shuffle(std::span(members));
  for (const Contact& member : members) {
    if (opinions.decided() || opinions.tried() >= most_heard) break;
    if (network_.loop().now() >= deadline) break;
    co_await hear_from(member, opinions, deadline);
  }
}

Task<> DialBack::hear_from(Contact member, Opinions& opinions, Time deadline) {
  if (heard_.contains(member.id)) co_return;
  const Duration patience = network_.patience(member.id);
  // More than a second, after which a lost first packet is sent again (RFC 6298, 2.1).
  const Duration trial = std::min(longest_trial, dial_round_trips * patience);
  const Time until = std::min(deadline, network_.loop().now() + trial + patience);
  Bytes question = encode(DialBackQuestion{network_.listening(), trial});
  const auto bytes = co_await network_.ask(member, Protocol::dial_back, std::move(question), until);
  const auto answer = bytes ? decode_dial_back_answer(*bytes) : std::nullopt;
  if (!answer) co_return;
  heard_.insert(member.id);
  opinions.add(answer->reached);
}

std::string DialBack::advice() const {
  const std::vector<Address> addresses = network_.listening();
  if (addresses.empty() || opinions_.dialable()) return {};
  const bool here_only = std::all_of(addresses.begin(), addresses.end(), is_of_this_machine);
  return "Nobody can connect to " + list(addresses) + " (" + std::to_string(opinions_.failed()) +
         " of " + std::to_string(opinions_.tried()) +
         " peers that tried could not), so this peer takes part as one that accepts no "
         "connections. " +
         (here_only ? "No other machine can reach that address: listen at 0.0.0.0 and a fixed port"
                    : "Open this port in the firewall, or forward it on the router and start "
                      "with --advertise and the outside HOST:PORT") +
         ", or start with --outbound-only.";
}

// The answering side.

Task<Bytes> DialBack::answer(Contact from, Bytes question) {
  const auto asked = decode_dial_back_question(question);
  if (!asked || asked->addresses.empty() || !may_ask(from.id)) co_return Bytes();
  const std::size_t sockets = asked->addresses.size();
  trials_ += sockets;
  const Time deadline = network_.loop().now() + std::min(asked->patience, longest_trial);
  Contact named{from.id, asked->addresses};
  const bool reached = co_await network_.can_dial(std::move(named), deadline);
  trials_ -= sockets;
  co_return encode(DialBackAnswer{reached});
}

bool DialBack::may_ask(const PeerId& asker) {
  const Time now = network_.loop().now();
  std::erase_if(served_, [now](const auto& one) { return now - one.second > serves_again_after; });
  if (trials_ >= trials_limit) return false;
  return served_.emplace(asker, now).second;
}

}  // namespace moshpit
