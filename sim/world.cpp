#include "sim/world.hpp"

#include <map>
#include <utility>

#include "sim/agenda.hpp"
#include "sim/host.hpp"
#include "sim/network.hpp"

namespace moshpit::sim {

class World::State {
 public:
  State(std::uint64_t seed, NetworkModel model)
      : root(seed), user(root.fork()), of_hosts(root.fork()), network(agenda, model, root.fork()) {}

  ~State() {
    for (auto& host : hosts) host->state_->destroy_programs();
    for (auto& host : hosts) network.hang_up(host->state_->computer);
    network.shut_down();
  }

  // Somebody outside may have put something into any loop.
  void touch_all() {
    for (auto& host : hosts) host->state_->computer.touch();
  }

  void run_touched() {
    auto& touched = agenda.touched();
    for (std::size_t i = 0; i < touched.size(); ++i) {
      hosts[touched[i]]->state_->computer.run();
    }
    touched.clear();
  }

  void act(std::uint64_t sequence) {
    auto found = actions.find(sequence);
    auto action = std::move(found->second);
    actions.erase(found);
    action();
    touch_all();
  }

  void happen(const Agenda::Entry& entry) {
    switch (entry.kind) {
      case Agenda::Kind::wake:
        return hosts[entry.subject]->state_->computer.run();
      case Agenda::Kind::arrive:
        return network.arrive(entry.subject, entry.side);
      case Agenda::Kind::pump:
        return network.pump(entry.subject, entry.side);
      case Agenda::Kind::turn:
        return network.turn(hosts[entry.subject]->state_->computer, direction_of(entry));
      case Agenda::Kind::act:
        return act(entry.sequence);
    }
  }

  static Direction direction_of(const Agenda::Entry& entry) {
    return static_cast<Direction>(entry.side);
  }

  bool cancelled(const Agenda::Entry& entry) const {
    using enum Agenda::Kind;
    if (entry.kind != wake && entry.kind != turn) return false;
    Computer& computer = hosts[entry.subject]->state_->computer;
    if (entry.kind == wake) return !computer.expects(entry);
    return !computer.wire(direction_of(entry)).expects(entry.time);
  }

  // The next entry that is due by the deadline. False if there is none.
  bool step(Time deadline) {
    if (agenda.empty() || agenda.first().time > deadline) return false;
    const Agenda::Entry entry = agenda.pop();
    if (cancelled(entry)) return true;
    agenda.advance(entry.time);
    ++events;
    happen(entry);
    run_touched();
    return true;
  }

  void start_running() {
    MOSHPIT_ASSERT(!running);
    running = true;
    touch_all();
    run_touched();
  }

  void stop_running(Time time) {
    if (time != Time::max()) agenda.advance(time);
    running = false;
  }

  Random root;
  Random user;
  Random of_hosts;
  Agenda agenda;
  Network network;
  std::vector<std::unique_ptr<Host>> hosts;
  std::map<std::uint64_t, std::function<void()>> actions;  // by their entry's sequence number
  std::uint64_t events = 0;
  bool running = false;
};

World::World(std::uint64_t seed, NetworkModel model)
    : state_(std::make_unique<State>(seed, model)) {}
World::~World() = default;

Host& World::add_host(HostOptions options) {
  const auto index = static_cast<std::uint32_t>(state_->hosts.size());
  auto host =
      std::make_unique<Host::State>(state_->agenda, state_->network, index,
                                    state_->network.complete(options), state_->of_hosts.fork());
  state_->hosts.push_back(std::unique_ptr<Host>(new Host(std::move(host))));
  return *state_->hosts.back();
}

Host& World::host(std::size_t index) {
  MOSHPIT_ASSERT(index < size());
  return *state_->hosts[index];
}

std::size_t World::size() const { return state_->hosts.size(); }
Random& World::random() { return state_->user; }
Time World::now() const { return state_->agenda.now(); }

void World::at(Time time, std::function<void()> action) {
  const auto sequence = state_->agenda.enter(time, Agenda::Kind::act, 0);
  state_->actions.emplace(sequence, std::move(action));
}

void World::run_until(Time time) {
  state_->start_running();
  while (state_->step(time)) {
  }
  state_->stop_running(time);
}

bool World::run_until(const std::function<bool()>& condition, Time deadline) {
  state_->start_running();
  bool holds = condition();
  bool more = true;
  while (!holds && more) {
    more = state_->step(deadline);
    holds = condition();
  }
  state_->stop_running(holds ? now() : deadline);
  return holds;
}

void World::cut(Host& one, Host& other) {
  state_->network.cut(one.state_->computer, other.state_->computer);
}

void World::cut_one_way(Host& from, Host& to) {
  state_->network.cut_one_way(from.state_->computer, to.state_->computer);
}

void World::split(const std::vector<Host*>& ones, const std::vector<Host*>& others) {
  for (Host* one : ones) {
    for (Host* other : others) cut(*one, *other);
  }
}

void World::clog(Host& host, std::uint32_t times) { clog(host, host, times); }

void World::clog(Host& one, Host& other, std::uint32_t times) {
  state_->network.clog(one.state_->computer, other.state_->computer, times);
}

void World::heal() { state_->network.heal(); }

std::uint64_t World::events() const { return state_->events; }

std::uint64_t World::trace() const { return state_->network.trace(); }

void World::on_delivery(
    std::function<void(Time, const Host& from, const Host& to, ByteView frame)> observer) {
  state_->network.set_observer([this, observer = std::move(observer)](Time time, std::uint32_t from,
                                                                      std::uint32_t to,
                                                                      ByteView frame) {
    observer(time, host(from), host(to), frame);
  });
}

}  // namespace moshpit::sim
