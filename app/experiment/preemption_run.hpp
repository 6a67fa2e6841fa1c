// PreemptionRun: real processes of this program that train one collective run, while SIGKILL
// strikes them at random and a new process comes in the place of each. The calling thread waits.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/bench/member_processes.hpp"
#include "app/experiment/training_tally.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/run_settings.hpp"
#include "base/random.hpp"

namespace moshpit {

// A machine that takes part: how much of a core it has, and its line in bytes a second.
struct Machine {
  double effort = 1;
  std::uint32_t batch = 4;
  std::string bandwidth;  // UP/DOWN; empty: no limit
};

struct PreemptionPlan {
  RunSettings settings{.model = "albert-tiny",
                       .optimizer = "lamb",
                       .rate = 0.01,
                       .warm_up = 40,
                       .sequence = 64,
                       .vocabulary = 1000};
  std::string data;
  std::vector<Machine> devices;  // a process each, at most 16: one group
  std::uint64_t steps = 0;       // of the optimizer
  double target_batch = 64;
  double kill_every = 30;  // seconds on the mean; 0: nobody is killed
  double away = 5;         // seconds on the mean from a kill to the start of the next process
  std::uint64_t seed = 1;
};

struct PreemptionOutcome {
  TrainingTally tally;
  std::vector<double> losses;  // on data that nobody trains on, of each peer that came to the end
  std::uint64_t kills = 0;
  bool founder_killed = false;
  std::uint64_t rejoins = 0;
  std::uint64_t failures = 0;  // processes that ended by themselves before the run was over
  double seconds = 0;          // from the first process to the last one's end

  double loss() const;  // mean of losses
};

class PreemptionRun {
 public:
  PreemptionRun(const PreemptionPlan& plan, const Output& output, const Interrupt& interrupt);

  // Errors: unreachable, with a sentence, if no peer came to the end, or if none made a step for
  // minutes; io if a process cannot be started.
  Result<PreemptionOutcome> run();

 private:
  using Clock = std::chrono::steady_clock;
  struct Seat {
    std::optional<std::size_t> process;  // its number among the members
    std::string invite;                  // that its process gave out
    bool trains = false;                 // has made a step
    std::optional<double> start_at;      // a new process is to come then
  };

  Result<void> start(std::size_t seat);
  Result<void> watch();
  Result<void> listen();
  void heard(std::size_t seat, const nlohmann::json& event);
  Result<void> notice_ends();
  void strike();
  Result<void> fill_seats();
  std::optional<std::size_t> victim();
  std::string some_invite();
  double now() const;
  double drawn(double mean);
  std::size_t training() const;
  bool ending() const { return !outcome_.losses.empty(); }
  void tell();

  const PreemptionPlan& plan_;
  const Output& output_;
  const Interrupt& interrupt_;
  Random random_;
  MemberProcesses members_;
  std::vector<Seat> seats_;
  std::vector<std::size_t> seat_of_;  // of each process ever started
  PreemptionOutcome outcome_;
  Clock::time_point began_ = Clock::now();
  double next_kill_ = 0;
  double newest_step_came_ = 0;
  std::uint64_t newest_step_ = 0;
  double told_ = 0;
};

}  // namespace moshpit
