// Demo: starts the peers as processes, kills and adds some, and puts their logs and vectors
// together into a report.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/demo/plan.hpp"
#include "app/demo/process.hpp"
#include "app/demo/scoreboard.hpp"
#include "app/demo/screen.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"

namespace moshpit {

class Demo {
 public:
  Demo(const DemoOptions& options, const Output& output, const Interrupt& interrupt);
  ~Demo();

  // Returns the program's exit code: 0 only if all survivors finished.
  int run();

 private:
  struct Deed {
    double after;  // seconds of training
    void (Demo::*act)();
  };

  bool start(std::size_t index);
  bool start_all();
  void read_everybody(int patience_ms);
  void heard(std::size_t index, const nlohmann::json& event);
  void do_what_is_due();
  void kill(std::size_t index);
  void kill_one_in_the_middle();
  void kill_the_first();
  void let_one_join();
  bool somebody_runs() const;
  bool all_survivors_finished() const;
  int report();
  nlohmann::json training_report(const std::vector<std::vector<float>>& vectors) const;
  nlohmann::json averaging_report(const std::vector<std::vector<float>>& vectors) const;
  std::vector<std::vector<float>> vectors_of_survivors() const;
  void explain_failures() const;

  DemoOptions options_;
  const Output& output_;
  const Interrupt& interrupt_;
  Screen screen_;
  std::string folder_;
  std::string invite_;
  std::map<std::size_t, Process> processes_;
  Scoreboard board_;
  std::vector<Deed> deeds_;
  std::optional<double> training_since_;
  std::vector<double> kills_;
};

}  // namespace moshpit
