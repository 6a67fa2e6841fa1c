#include "sim/crew.hpp"

namespace moshpit::sim {

Crew::Crew(std::size_t hands) : meeting_(static_cast<std::ptrdiff_t>(hands)) {
  for (std::size_t hand = 1; hand < hands; ++hand) {
    threads_.emplace_back([this, hand] { serve(hand); });
  }
}

Crew::~Crew() {
  part_ = nullptr;
  meet();
}

void Crew::work(const std::function<void(std::size_t)>& part) {
  part_ = &part;
  meet();
  part(0);
  meet();
}

void Crew::meet() {
  if (hands() > 1) meeting_.arrive_and_wait();
}

void Crew::serve(std::size_t hand) {
  while (true) {
    meeting_.arrive_and_wait();
    if (part_ == nullptr) return;
    (*part_)(hand);
    meeting_.arrive_and_wait();
  }
}

}  // namespace moshpit::sim
