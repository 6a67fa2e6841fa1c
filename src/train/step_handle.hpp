// The two ends of one averaging step: the loop settles it, the caller's thread waits for it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "moshpit/peer.hpp"

namespace moshpit {

struct StepHandle::Shared {
  mutable std::mutex mutex;
  std::condition_variable settled;
  std::optional<Result<StepOutcome>> outcome;

  void settle(Result<StepOutcome> result) {
    const std::lock_guard lock(mutex);
    if (outcome) return;
    outcome.emplace(std::move(result));
    settled.notify_all();
  }
};

// The loop's end. If it is destroyed before the step is settled, the waiting caller is told.
class StepPromise {
 public:
  StepPromise() : shared_(std::make_shared<StepHandle::Shared>()) {}
  StepPromise(StepPromise&&) = default;
  ~StepPromise() {
    if (shared_) {
      shared_->settle(Error(ErrorCode::cancelled, "The peer left before the step was settled."));
    }
  }

  StepHandle handle() const { return StepHandle(shared_); }
  void settle(StepOutcome outcome) { shared_->settle(std::move(outcome)); }

 private:
  std::shared_ptr<StepHandle::Shared> shared_;
};

}  // namespace moshpit
