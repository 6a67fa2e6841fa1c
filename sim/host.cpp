#include "sim/host.hpp"

#include <utility>

#include "sim/transport.hpp"

namespace moshpit::sim {

using Condition = Computer::Condition;

Host::Host(std::unique_ptr<State> state) : state_(std::move(state)) {}
Host::~Host() = default;

Loop& Host::loop() {
  state_->computer.catch_up();
  return state_->computer.loop();
}

Transport& Host::transport() { return state_->computer.transport(); }
const Credentials& Host::credentials() const { return state_->computer.credentials(); }
const PeerId& Host::id() const { return credentials().id(); }
Address Host::address() const { return state_->computer.address(); }
bool Host::running() const { return state_->computer.running(); }

void Host::adopt(std::unique_ptr<AnyProgram> program) {
  MOSHPIT_ASSERT(state_->computer.alive());
  state_->programs.push_back(std::move(program));
  state_->computer.touch();
}

void Host::crash() {
  Computer& computer = state_->computer;
  MOSHPIT_ASSERT(!computer.executing());
  if (!computer.alive()) return;
  computer.set_condition(Condition::crashed);
  // First the links: a program that is killed does not get to say good-bye in a destructor.
  state_->network.hang_up(computer);
  // Its system answers what waited for a frozen program.
  state_->network.resume(computer);
  state_->destroy_programs();
}

void Host::vanish() {
  Computer& computer = state_->computer;
  MOSHPIT_ASSERT(!computer.executing());
  if (!computer.alive()) return;
  computer.set_condition(Condition::vanished);
  state_->network.silence(computer);
  state_->destroy_programs();
}

void Host::freeze() {
  Computer& computer = state_->computer;
  MOSHPIT_ASSERT(!computer.executing());
  if (computer.running()) computer.set_condition(Condition::frozen);
}

void Host::thaw() {
  Computer& computer = state_->computer;
  if (computer.condition() != Condition::frozen) return;
  computer.set_condition(Condition::running);
  computer.touch();
  state_->network.resume(computer);
}

void Host::restart_anew() {
  MOSHPIT_ASSERT(!state_->computer.alive());
  state_->computer.change_identity();
  restart();
}

void Host::set_clock_rate(double rate) { state_->computer.set_clock_rate(rate); }

Duration Host::work_time(Duration usual) const { return state_->computer.work_time(usual); }

void Host::tell(std::function<void()> what) {
  if (!state_->network.running()) return what();
  Computer& computer = state_->computer;
  computer.shard().told.push_back({computer.now(), computer.index(), std::move(what)});
}

void Host::restart() {
  Computer& computer = state_->computer;
  MOSHPIT_ASSERT(!computer.alive());
  computer.begin_life();
  computer.set_condition(Condition::running);
  state_->network.resume(computer);
}

}  // namespace moshpit::sim
