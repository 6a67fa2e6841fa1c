// The simulated world: hosts with loops and transports in virtual time, from one seed. It
// implements the interfaces of loop/ and net/, so that the code that ships runs in it unchanged.
// The same seed gives the same run, to the byte.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "loop/loop.hpp"
#include "moshpit/time.hpp"
#include "net/credentials.hpp"
#include "net/transport.hpp"

namespace moshpit::sim {

struct NetworkModel {
  Duration latency_min = std::chrono::milliseconds(1);
  Duration latency_max = std::chrono::milliseconds(5);
  double loss = 0;  // a lost packet costs a retransmission time-out, as TCP shows it
  double bytes_per_second = 125e6;  // of each host, each direction
};

struct HostOptions {
  bool outbound_only = false;  // accepts no connections
};

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
  bool running() const;  // neither dead nor frozen

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

// Everything happens at an entry of one agenda, in the order of (time, sequence number); entries
// made for the same time keep the order in which they were made. At an entry one thing happens: a
// frame arrives, a host's earliest timer is due, a system takes more frames, a function given to
// at() is called. Then every host that was touched by it brings its clock up to date and runs until
// nobody is ready; nothing else runs in between, and a loop's clock stands still meanwhile. All
// randomness comes from the seed: each host and the network have generators of their own, so a draw
// in one place does not shift those in another. Nothing depends on addresses of objects, on hash
// tables or on real time. One thread.
//
// Programs are owned by hosts. Links, tasks and the like that a test holds itself must be gone
// before the world, except that a Link may outlive it.
class World {
 public:
  explicit World(std::uint64_t seed, NetworkModel model = {});
  ~World();

  Host& add_host(HostOptions options = {});
  Host& host(std::size_t index);
  std::size_t size() const;
  Random& random();  // for faults and experiments; the network draws from its own

  Time now() const;
  void at(Time time, std::function<void()> action);  // faults, mostly

  // Runs until the time; with Time::max(), until nothing is left to happen.
  void run_until(Time time);
  // Runs until the condition holds (checked after every event) or the time comes. True if it holds.
  bool run_until(const std::function<bool()>& condition, Time deadline);

  // Nothing passes between the two hosts, in either direction, until healed; links stay open and
  // stall.
  void cut(Host& one, Host& other);
  void heal();  // all cuts

  // How much has happened so far.
  std::uint64_t events() const;

  // Hash of every delivered frame: time, sender, receiver, bytes.
  std::uint64_t trace() const;
  // Called with every delivered frame, for a conversation that a person can read. It only looks.
  void on_delivery(
      std::function<void(Time, const Host& from, const Host& to, ByteView frame)> observer);

 private:
  friend class Host;
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace moshpit::sim
