#include "sim/world.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>
#include <utility>

#include "sim/crew.hpp"
#include "sim/host.hpp"
#include "sim/network.hpp"

namespace moshpit::sim {
namespace {

constexpr std::size_t shards_a_thread = 8;

}  // namespace

class World::State {
 public:
  State(std::uint64_t seed, const NetworkModel& model, std::optional<std::size_t> threads)
      : root(seed),
        user(root.fork()),
        of_hosts(root.fork()),
        window(model.latency_min),
        windowed(threads.has_value()),
        shards(make_shards(threads.value_or(1))),
        network(*shards.front(), model, root.fork()),
        crew(threads.value_or(1), shards.size()) {
    MOSHPIT_ASSERT(!windowed || window > Duration{0});
  }

  ~State() {
    network.set_running(true);
    crew.work(true, [this](std::size_t shard) {
      for (std::size_t i = shard; i < hosts.size(); i += shards.size()) {
        hosts[i]->state_->destroy_programs();
        network.hang_up(hosts[i]->state_->computer);
      }
    });
    for (auto& shard : shards) network.shut_down(*shard);
  }

  // More than threads, so that whoever is done sooner can help.
  static std::vector<std::unique_ptr<Shard>> make_shards(std::size_t threads) {
    MOSHPIT_ASSERT(threads > 0);
    const std::size_t count = threads == 1 ? 1 : shards_a_thread * threads;
    std::vector<std::unique_ptr<Shard>> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(std::make_unique<Shard>(i, count));
    return made;
  }

  Shard& shard_of(std::size_t host) { return *shards[host % shards.size()]; }

  // Somebody outside may have put something into any loop.
  void run_all() {
    for (auto& host : hosts) host->state_->computer.touch();
    run_shards(now);
  }

  void run_touched(Shard& shard) {
    auto& touched = shard.agenda.touched();
    for (std::size_t i = 0; i < touched.size(); ++i) {
      hosts[touched[i]]->state_->computer.run();
    }
    touched.clear();
  }

  void happen(const Agenda::Entry& entry) {
    switch (entry.kind) {
      case Agenda::Kind::wake:
        return hosts[entry.computer]->state_->computer.run();
      case Agenda::Kind::arrive:
        return network.arrive(*entry.connection, entry.side);
      case Agenda::Kind::pump:
        return network.pump(*entry.connection, entry.side);
      case Agenda::Kind::turn:
        return network.turn(hosts[entry.computer]->state_->computer, direction_of(entry));
    }
  }

  static Direction direction_of(const Agenda::Entry& entry) {
    return static_cast<Direction>(entry.side);
  }

  bool cancelled(const Agenda::Entry& entry) const {
    using enum Agenda::Kind;
    if (entry.kind != wake && entry.kind != turn) return false;
    Computer& computer = hosts[entry.computer]->state_->computer;
    if (entry.kind == wake) return !computer.expects(entry);
    return !computer.wire(direction_of(entry)).expects(entry.time);
  }

  // Its next entry.
  void step(Shard& shard) {
    const Agenda::Entry entry = shard.agenda.pop();
    if (cancelled(entry)) return;
    shard.agenda.advance(entry.time);
    if (!windowed) now = shard.agenda.now();
    ++shard.events;
    happen(entry);
    run_touched(shard);
  }

  void bury() {
    std::vector<Connection*> perhaps_over = shards.front()->take_perhaps_over();
    for (std::size_t i = 1; i < shards.size(); ++i) {
      const auto more = shards[i]->take_perhaps_over();
      perhaps_over.insert(perhaps_over.end(), more.begin(), more.end());
    }
    if (!perhaps_over.empty()) network.bury(std::move(perhaps_over));
  }

  // What programs said in this window. A host's own words are in order already.
  void listen() {
    std::vector<Told> told;
    for (auto& shard : shards) {
      std::ranges::move(shard->told, std::back_inserter(told));
      shard->told.clear();
    }
    std::ranges::stable_sort(told, {},
                             [](const Told& one) { return std::pair(one.time, one.computer); });
    listening = true;
    for (const Told& one : told) one.what();
    listening = false;
  }

  // All shards until then, this moment not included; and what they sent each other is taken in.
  void run_shards(Time end) {
    const auto has_work = [end](const auto& shard) {
      return shard->agenda.next() < end || !shard->agenda.touched().empty();
    };
    const bool together = std::ranges::count_if(shards, has_work) > 1;
    network.set_running(windowed);
    crew.work(together, [&](std::size_t index) {
      Shard& shard = *shards[index];
      run_touched(shard);
      while (shard.agenda.next() < end) step(shard);
    });
    crew.work(together, [&](std::size_t index) {
      for (auto& from : shards) network.take_mail(from->outboxes[index]);
    });
    network.set_running(false);
    bury();
    listen();
  }

  void act() {
    const auto first = actions.begin();
    advance(first->first);
    const auto action = std::move(first->second);
    actions.erase(first);
    ++acts;
    action();
    run_all();
  }

  void advance(Time time) {
    now = std::max(now, time);
    for (auto& shard : shards) shard->agenda.advance(now);
  }

  Time next() const {
    Time first = Time::max();
    for (const auto& shard : shards) first = std::min(first, shard->agenda.next());
    return first;
  }

  // The end of the window in which the time lies. They all begin at multiples of their length, so
  // that it does not depend on what happened where they end.
  Time end_of_window(Time time) const {
    const auto count = time.time_since_epoch() / window;
    return Time{} + (count + 1) * window;
  }

  // The next action or entry, or window, by the deadline. False if there is none.
  bool go_on(Time deadline) {
    const Time entry = next();
    const Time action = actions.empty() ? Time::max() : actions.begin()->first;
    if (std::min(entry, action) > deadline || std::min(entry, action) == Time::max()) return false;
    if (action <= entry) {
      act();
    } else if (!windowed) {
      step(*shards.front());
      bury();
    } else {
      const Time end = std::min(end_of_window(entry), action);
      run_shards(deadline < end ? deadline + Duration{1} : end);
      advance(std::min(end, deadline));
    }
    return true;
  }

  void start_running() {
    MOSHPIT_ASSERT(!running);
    running = true;
    run_all();
  }

  void stop_running(Time time) {
    if (time != Time::max()) advance(time);
    running = false;
  }

  Random root;
  Random user;
  Random of_hosts;
  Duration window;
  bool windowed;
  Time now{};
  std::vector<std::unique_ptr<Shard>> shards;
  Network network;
  std::vector<std::unique_ptr<Host>> hosts;
  std::multimap<Time, std::function<void()>> actions;
  std::uint64_t acts = 0;
  bool running = false;
  bool listening = false;  // to what programs told in a window
  Crew crew;
};

World::World(std::uint64_t seed, NetworkModel model, std::optional<std::size_t> threads)
    : state_(std::make_unique<State>(seed, model, threads)) {}
World::~World() = default;

Host& World::add_host(HostOptions options) {
  const auto index = static_cast<std::uint32_t>(state_->hosts.size());
  auto host =
      std::make_unique<Host::State>(state_->shard_of(index), state_->network, index,
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
Time World::now() const { return state_->now; }

void World::at(Time time, std::function<void()> action) {
  MOSHPIT_ASSERT(!state_->network.running() && !state_->listening);
  state_->actions.emplace(std::max(time, state_->now), std::move(action));
}

void World::run_until(Time time) {
  state_->start_running();
  while (state_->go_on(time)) {
  }
  state_->stop_running(time);
}

bool World::run_until(const std::function<bool()>& condition, Time deadline) {
  state_->start_running();
  bool holds = condition();
  bool more = true;
  while (!holds && more) {
    more = state_->go_on(deadline);
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

std::uint64_t World::events() const {
  std::uint64_t events = state_->acts;
  for (const auto& shard : state_->shards) events += shard->events;
  return events;
}

std::uint64_t World::trace() const {
  std::uint64_t trace = 0;
  for (const auto& host : state_->hosts) {
    trace = std::rotl(trace ^ host->state_->computer.trace, 29) * 0x9e3779b97f4a7c15u;
  }
  return trace;
}

void World::on_delivery(
    std::function<void(Time, const Host& from, const Host& to, ByteView frame)> observer) {
  MOSHPIT_ASSERT(state_->shards.size() == 1);
  state_->network.set_observer([this, observer = std::move(observer)](Time time, std::uint32_t from,
                                                                      std::uint32_t to,
                                                                      ByteView frame) {
    observer(time, host(from), host(to), frame);
  });
}

}  // namespace moshpit::sim
