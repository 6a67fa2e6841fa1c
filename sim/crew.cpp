#include "sim/crew.hpp"

#include <algorithm>

namespace moshpit::sim {

Crew::Crew(std::size_t hands, std::size_t parts)
    : taken_(parts), meeting_(static_cast<std::ptrdiff_t>(std::min(hands, parts))) {
  for (std::size_t hand = 1; hand < std::min(hands, parts); ++hand) {
    threads_.emplace_back([this, hand] { serve(hand); });
  }
}

Crew::~Crew() {
  part_ = nullptr;
  if (hands() > 1) meeting_.arrive_and_wait();
}

void Crew::work(bool together, const Part& part) {
  if (!together || hands() == 1) {
    for (std::size_t i = 0; i < taken_.size(); ++i) part(i);
    return;
  }
  for (auto& taken : taken_) taken.store(false, std::memory_order_relaxed);
  part_ = &part;
  meeting_.arrive_and_wait();
  do_parts(0);
  meeting_.arrive_and_wait();
}

void Crew::serve(std::size_t hand) {
  while (true) {
    meeting_.arrive_and_wait();
    if (part_ == nullptr) return;
    do_parts(hand);
    meeting_.arrive_and_wait();
  }
}

void Crew::do_parts(std::size_t hand) {
  const std::size_t own = hand * taken_.size() / hands();
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    const std::size_t part = (own + i) % taken_.size();
    if (!taken_[part].exchange(true, std::memory_order_relaxed)) (*part_)(part);
  }
}

}  // namespace moshpit::sim
