// Moshpit SGD without any framework: two peers, each with its own half of the data, fit one line
// through all of it. Another mode in the plan trains in another way; the loop stays as it is.
#include <cmath>
#include <iostream>
#include <thread>
#include <vector>

#include "moshpit/moshpit.hpp"

namespace {

// y = a x + b, learnt from points of y = 3x - 1 by plain gradient descent.
struct Line {
  std::vector<float> parameters{0, 0};
  std::vector<float> gradients{0, 0};

  moshpit::TrainedModel model() {
    moshpit::TrainedModel model;
    model.parameters = parameters;
    model.gradients = gradients;
    model.optimizer_step = [this] {
      for (int i = 0; i < 2; ++i) parameters[i] -= 0.1f * gradients[i];
    };
    return model;
  }

  void see(float x) {
    const float error = parameters[0] * x + parameters[1] - (3 * x - 1);
    gradients = {error * x, error};
  }
};

void train(moshpit::Peer peer, float from, Line& line) {
  auto trainer = moshpit::Trainer::begin(peer, line.model()).value();
  for (int i = 0; !trainer.finished(); ++i) {
    line.see(from + 0.1f * static_cast<float>(i % 10));
    trainer.after_batch(1);
  }
  const auto report = trainer.finish();
  if (!report) std::cerr << report.error().message() << "\n";
}

}  // namespace

int main() {
  Line left;
  Line right;
  auto plan = moshpit::plan_for(left.model(), moshpit::TrainingMode::moshpit_sgd);
  plan.grid = moshpit::Grid::parse("2").value();
  plan.model = "a line";
  plan.period = 20;
  plan.steps = 30;
  auto first = moshpit::Peer::start_run(plan, {}).value();
  auto second = moshpit::Peer::join_run(first.invite(), plan.model, 2, {}).value();

  std::thread other(train, std::move(second), -1.0f, std::ref(right));
  train(std::move(first), 0.0f, left);
  other.join();
  const auto& line = left.parameters;
  std::cout << "y = " << line[0] << " x + " << line[1] << "\n";
  const bool agree = std::abs(line[0] - right.parameters[0]) < 1e-3f &&
                     std::abs(line[1] - right.parameters[1]) < 1e-3f;
  return agree && std::abs(line[0] - 3) < 0.1f ? 0 : 1;
}
