// A torch module trained by two peers, each with its own half of the data: the lines that make it
// known to moshpit are those of ModuleVectors and Trainer, the rest is LibTorch's usual loop.
#include <iostream>
#include <thread>
#include <torch/torch.h>

#include "moshpit/moshpit.hpp"
#include "torch/module_vectors.hpp"

namespace {

// Whether a point lies inside the unit circle, which no straight line can tell.
torch::Tensor truth(const torch::Tensor& points) {
  return points.pow(2).sum(1, true).lt(1).to(torch::kFloat32);
}

struct Model {
  torch::nn::Sequential network{
      torch::nn::Linear(2, 32),
      torch::nn::ReLU(),
      torch::nn::Linear(32, 1),
  };
  torch::optim::Adam optimizer{network->parameters(), torch::optim::AdamOptions(0.01)};
  moshpit::ModuleVectors vectors = moshpit::ModuleVectors::of(*network, &optimizer).value();
};

// The left peer sees points left of zero only, the right one those on the right.
torch::Tensor points(double side) {
  torch::Tensor points = torch::randn({64, 2});
  points.select(1, 0).abs_().mul_(side);
  return points;
}

void train(moshpit::Peer peer, double side, Model& model) {
  auto trainer = moshpit::Trainer::begin(peer, model.vectors.trained()).value();
  while (!trainer.finished()) {
    const torch::Tensor batch = points(side);
    model.vectors.zero_gradients();
    torch::binary_cross_entropy_with_logits(model.network->forward(batch), truth(batch)).backward();
    model.vectors.fetch();
    trainer.after_batch(64);
    model.vectors.store();
  }
  const auto report = trainer.finish();
  if (!report) std::cerr << report.error().message() << "\n";
  model.vectors.store();
}

double accuracy(Model& model, double side) {
  model.network->eval();
  torch::NoGradGuard untracked;
  const torch::Tensor batch = points(side);
  const torch::Tensor inside = model.network->forward(batch).gt(0).to(torch::kFloat32);
  return inside.eq(truth(batch)).to(torch::kFloat32).mean().item<double>();
}

}  // namespace

int main() {
  torch::manual_seed(1);
  torch::set_num_threads(1);  // the two peers share a machine
  Model left;
  Model right;
  auto plan = moshpit::plan_for(left.vectors.trained(), moshpit::TrainingMode::moshpit_sgd);
  plan.grid = moshpit::Grid::parse("2").value();
  plan.model = "inside the circle";
  plan.period = 20;
  plan.steps = 30;
  auto first = moshpit::Peer::start_run(plan, {}).value();
  auto second = moshpit::Peer::join_run(first.invite(), plan.model, plan.elements, {}).value();

  std::thread other(train, std::move(second), 1.0, std::ref(right));
  train(std::move(first), -1.0, left);
  other.join();
  // Each on the side that it never saw.
  const double worse = std::min(accuracy(left, 1.0), accuracy(right, -1.0));
  std::cout << "right for " << 100 * worse << " % of the points that a peer never saw\n";
  return worse > 0.85 ? 0 : 1;
}
