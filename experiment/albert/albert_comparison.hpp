// What the ALBERT experiment comes to: who reaches the machine's loss when, and at what cost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/albert/absences.hpp"
#include "experiment/albert/lesson.hpp"
#include "experiment/albert/loss_curve.hpp"

namespace moshpit {

struct AlbertMethod {
  std::string word;   // for machines
  std::string title;  // for a person
  LossCurve curve;
  double predicted = 0;              // charged samples a second, by the cost model
  double measured = 0;               // the same, of the curve
  std::optional<LossPoint> reached;  // the target
};

// Moshpit's peers at another speed, against the machine at the same speed, and as it is.
struct AlbertAtSpeed {
  double speed = 1;
  std::optional<double> speedup_all;    // devices of both at this speed
  std::optional<double> speedup_peers;  // only the peers'
  std::optional<double> cost_ratio;     // devices of both
};

struct AlbertComparison {
  double target = 0;  // the loss of the machine after most of its steps
  // The machine, Moshpit overlapped, Moshpit waiting, AR-SGD on the peers.
  std::vector<AlbertMethod> methods;
  std::optional<double> speedup;     // the machine's time to the target by Moshpit's, overlapped
  std::optional<double> cost_ratio;  // the same of dollars
  std::vector<AlbertAtSpeed> speeds;
};

// What was learnt. Curves of the swarm have their seconds and dollars; that of one process has
// none.
struct AlbertRuns {
  LossCurve alone;
  LossCurve overlapped;
  LossCurve waiting;
  std::vector<std::pair<double, LossCurve>> at_speeds;  // overlapped
};

// The target is the machine's loss when this share of its steps is made, so that whoever learns a
// little less from a sample still comes to it.
inline constexpr double target_share = 0.8;

// Requires: curves with points.
AlbertComparison compare(const AlbertRuns& runs, const Fleet& fleet,
                         const std::vector<Absence>& absences, const Lesson& lesson);

}  // namespace moshpit
