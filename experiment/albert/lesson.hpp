// Lesson: what is learnt, and how, by whoever trains in the ALBERT experiment: the same model,
// text, batch, optimizer and rates for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "model/learner.hpp"
#include "model/schedule.hpp"

namespace moshpit {

struct Lesson {
  std::size_t batch = 512;    // samples of one step of the optimizer, really trained
  std::uint64_t steps = 120;  // of the optimizer
  Schedule rate;              // by those steps
  std::uint64_t evaluate_every = 5;
  std::uint64_t seed = 1;
};

// A learner of part `part` of `parts` equal ones of the text.
using LearnerSource = std::function<std::unique_ptr<Learner>(std::size_t part, std::size_t parts)>;

// Called now and then with the share that is done; ends a run if it returns false.
using GoOn = std::function<bool(double)>;

}  // namespace moshpit
