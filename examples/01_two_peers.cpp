// Two peers of one run average their vectors. They could as well be on two continents: only the
// invite travels.
#include <iostream>

#include "moshpit/moshpit.hpp"

int main() {
  moshpit::RunPlan plan;
  plan.grid = moshpit::Grid::parse("2").value();
  plan.model = "two numbers";
  plan.elements = 2;
  auto alice = moshpit::Peer::start_run(plan, {}).value();
  auto bob = moshpit::Peer::join_run(alice.invite(), plan.model, plan.elements, {}).value();

  auto first = alice.average({.values = {1.0f, 2.0f}});
  auto second = bob.average({.values = {3.0f, 6.0f}, .weight = 3});
  const auto outcome = first.wait().value();
  std::cout << outcome.values[0] << " " << outcome.values[1]
            << "\n";  // (1*1 + 3*3)/4, (1*2 + 3*6)/4
  return second.wait().ok() ? 0 : 1;
}
