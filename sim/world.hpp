// The simulated world: hosts with loops and transports in virtual time, from one seed. It
// implements the interfaces of loop/ and net/, so that the code that ships runs in it unchanged.
// The same seed gives the same run, to the byte.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "loop/loop.hpp"
#include "moshpit/time.hpp"
#include "net/credentials.hpp"
#include "net/transport.hpp"
#include "sim/options.hpp"

namespace moshpit::sim {

class World;

// One simulated machine. It outlives its programs: a crash destroys them, a restart begins anew.
class Host {
 public:
  // Of its present life. It listens from the first Transport::accept() on; before that it turns
  // dials away.
  Loop& loop();
  Transport& transport();
  const Credentials& credentials() const;
  const PeerId& id() const;
  Address address() const;

  // What runs on the host; owned by it, so that a crash destroys it in the middle of whatever it
  // does.
  template <class Program, class... Arguments>
  Program& start(Arguments&&... arguments) {
    auto program = std::make_unique<Owned<Program>>(std::forward<Arguments>(arguments)...);
    Program& reference = program->program;
    adopt(std::move(program));
    return reference;
  }

  // Faults. Never from inside a coroutine of the same host: they would destroy what is running; use
  // World::at().
  void crash();   // SIGKILL: programs are gone, the others see the links close after the latency
  void vanish();  // the power cord: programs are gone and nobody is told
  void freeze();  // SIGSTOP: links stay open, nothing moves
  void thaw();
  // After a crash or vanish(): the same identity and address, an empty machine, a fresh clock, loop
  // and transport.
  void restart();
  void restart_anew();  // the same, with a new identity
  // Its clock runs fast or slow from now on.
  void set_clock_rate(double rate);
  bool running() const;  // neither dead nor frozen

  // What work takes here that takes so long on the usual device.
  Duration work_time(Duration usual) const;

  // For programs, which may run beside those of other hosts: calls the function alone, in the order
  // of time and host, at the latest when the window ends. What hosts share is touched in there
  // only.
  void tell(std::function<void()> what);

  ~Host();

 private:
  friend class World;
  struct AnyProgram {
    virtual ~AnyProgram() = default;
  };
  template <class Program>
  struct Owned : AnyProgram {
    template <class... Arguments>
    explicit Owned(Arguments&&... arguments) : program(std::forward<Arguments>(arguments)...) {}
    Program program;
  };
  void adopt(std::unique_ptr<AnyProgram> program);

  class State;
  explicit Host(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Everything happens at an entry of an agenda, in the order of (time, host, kind of entry, link).
// At an entry one thing happens to one host: a frame arrives, its earliest timer is due, its system
// takes more frames. Then it brings its clock up to date and runs until nobody is ready; its loop's
// clock stands still meanwhile. Functions given to at() come before whatever else is due at their
// time. All randomness comes from the seed: each host has generators of its own, for itself and for
// what the network does with what it sends, so a draw in one place does not shift those in another.
// Nothing depends on addresses of objects, on hash tables or on real time.
//
// Whatever one host does is felt by another after the shortest latency at the earliest. So with
// `threads` the hosts run in windows as long as that, on several threads, and everything is as it
// is with one; conditions, and at(), are looked at between windows. Then programs touch nothing but
// their own host, except by Host::tell(), and faults come from outside, at times made known before.
//
// Programs are owned by hosts. Links, tasks and the like that a test holds itself must be gone
// before the world, except that a Link may outlive it.
class World {
 public:
  // Without `threads` one thread, and conditions are looked at after every event; with so many, at
  // the end of every window. They change nothing else: the same seed gives the same run. Requires:
  // if there are any, model.latency_min > 0.
  explicit World(std::uint64_t seed, NetworkModel model = {},
                 std::optional<std::size_t> threads = std::nullopt);
  ~World();

  Host& add_host(HostOptions options = {});
  Host& host(std::size_t index);
  std::size_t size() const;
  Random& random();  // for faults and experiments; the network draws from its own

  Time now() const;
  // Faults, mostly. Not by programs, or by what they tell, if there are windows: it may be late.
  void at(Time time, std::function<void()> action);

  // Runs until the time; with Time::max(), until nothing is left to happen.
  void run_until(Time time);
  // Runs until the condition holds or the time comes. True if it holds.
  bool run_until(const std::function<bool()>& condition, Time deadline);

  // Until healed. Links stay open and stall.
  void cut(Host& one, Host& other);           // nothing passes between the two
  void cut_one_way(Host& from, Host& to);     // nothing passes from the one to the other
  void split(const std::vector<Host*>& ones,  // nothing passes between these and those
             const std::vector<Host*>& others);
  // Until healed. Everything from and to the host, or between the two, takes so many times as long:
  // the latency and the time on their wires.
  void clog(Host& host, std::uint32_t times);
  void clog(Host& one, Host& other, std::uint32_t times);
  void heal();  // all cuts and clogs

  // How much has happened so far: a measure of speed. With another number of threads it may differ
  // by a few that change nothing.
  std::uint64_t events() const;

  // Hash of every delivered frame: time, sender, receiver, bytes.
  std::uint64_t trace() const;
  // Called with every delivered frame, for a conversation that a person can read. It only looks.
  // Requires: one thread.
  void on_delivery(
      std::function<void(Time, const Host& from, const Host& to, ByteView frame)> observer);

 private:
  friend class Host;
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace moshpit::sim
