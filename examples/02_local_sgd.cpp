// Moshpit SGD without any framework: two peers, each with its own half of the data, fit one line
// through all of it.
#include <cmath>
#include <iostream>
#include <thread>
#include <vector>

#include "moshpit/moshpit.hpp"

namespace {

// One local step on y = 3x - 1, seen at this peer's points only.
void local_step(std::vector<float>& line, float x) {
  const float error = line[0] * x + line[1] - (3 * x - 1);
  line[0] -= 0.1f * error * x;
  line[1] -= 0.1f * error;
}

void train(moshpit::Peer peer, float from, std::vector<float>& line) {
  moshpit::MoshpitSgd moshpit(peer, line);
  for (int i = 0; !moshpit.finished(); ++i) {
    local_step(line, from + 0.1f * static_cast<float>(i % 10));
    moshpit.after_step(1);
  }
  const auto report = moshpit.finish();
  if (!report) std::cerr << report.error().message() << "\n";
}

}  // namespace

int main() {
  moshpit::RunPlan plan;
  plan.grid = moshpit::Grid::parse("2").value();
  plan.model = "a line";
  plan.elements = 2;
  plan.period = 20;
  plan.steps = 30;
  auto first = moshpit::Peer::start_run(plan, {}).value();
  auto second = moshpit::Peer::join_run(first.invite(), plan.model, 2, {}).value();

  std::vector<float> left{0, 0};
  std::vector<float> right{0, 0};
  std::thread other(train, std::move(second), -1.0f, std::ref(right));
  train(std::move(first), 0.0f, left);
  other.join();
  std::cout << "y = " << left[0] << " x + " << left[1] << "\n";
  const bool agree = std::abs(left[0] - right[0]) < 1e-3f && std::abs(left[1] - right[1]) < 1e-3f;
  return agree && std::abs(left[0] - 3) < 0.1f ? 0 : 1;
}
