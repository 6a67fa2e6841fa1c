#include "experiment/training/cost_model.hpp"

#include <algorithm>
#include <cmath>

namespace moshpit {
namespace {

class CostModel {
 public:
  CostModel(const Cluster& cluster, double period) : cluster_(cluster), period_(period) {
    for (std::size_t i = 0; i < cluster.devices.size(); ++i) {
      step_ = std::max(step_, seconds(cluster.step_time(i)));
    }
  }

  double steps_per_second(Method method) const {
    switch (method) {
      case Method::all_reduce:
        return devices() / (step_ + longest_delay() + ring());
      case Method::parameter_server:
        return devices() / (step_ + delay() + (devices() + 1) * vector());
      case Method::local_sgd:
        return period_ * devices() / (period_ * step_ + longest_delay() + ring());
      case Method::ring_gossip:
        return period_ * devices() /
               ((period_ - 1) * step_ + std::max(step_, delay() + 2 * vector()));
      case Method::push_sum:
        return period_ * devices() / (period_ * step_ + delay() + vector());
      case Method::push_sum_two:
        return period_ * devices() / (period_ * step_ + delay() + 2 * vector());
      case Method::push_sum_overlapped:
        return period_ * devices() / std::max(period_ * step_, delay() + vector());
      case Method::push_sum_two_overlapped:
        return period_ * devices() / std::max(period_ * step_, delay() + 2 * vector());
      case Method::pair_gossip:
        return at_their_own_pace(delay() + vector());
      case Method::moshpit:
        return called_by_the_fastest(false);
      case Method::moshpit_overlapped:
        return called_by_the_fastest(true);
    }
    return 0;
  }

 private:
  double devices() const { return static_cast<double>(cluster_.devices.size()); }
  double vector() const { return cluster_.vector_bytes / cluster_.bytes_per_second; }
  double delay() const { return seconds(cluster_.round_delay); }
  double longest_delay() const {
    double sum = 0;
    for (double i = 1; i <= devices(); ++i) sum += 1 / i;
    return sum * delay();
  }
  double ring() const {
    const double latency = seconds(cluster_.latency_min + cluster_.latency_max) / 2;
    return 2 * (devices() - 1) * (vector() / devices() + latency);
  }
  // Every other device communicates beside its steps.
  double at_their_own_pace(double communication) const {
    double sum = 0;
    for (std::size_t i = 0; i < cluster_.devices.size(); ++i) {
      const double own = period_ * seconds(cluster_.step_time(i));
      sum += period_ / (i % 2 == 0 ? std::max(own, communication) : own);
    }
    return sum;
  }

  double group_round() const {
    const auto side = static_cast<double>(square_for(cluster_.devices.size()).side());
    return delay() + 2 * (side - 1) / side * vector();
  }

  // Whoever is ready first calls the others, which come when their step under way is done.
  double called_by_the_fastest(bool overlapped) const {
    double fastest = step_;
    for (std::size_t i = 0; i < cluster_.devices.size(); ++i) {
      fastest = std::min(fastest, seconds(cluster_.step_time(i)));
    }
    const double working = std::max(period_ * fastest, step_);
    const double cycle = overlapped ? std::max(working, group_round()) : working + group_round();
    const double time = overlapped ? cycle : working;
    double steps = 0;
    for (std::size_t i = 0; i < cluster_.devices.size(); ++i) {
      const double fit = std::floor(time / seconds(cluster_.step_time(i)) + 1e-9);
      steps += std::clamp(fit, 1.0, period_);
    }
    return steps / cycle;
  }

  const Cluster& cluster_;
  double period_;
  double step_ = 0;
};

}  // namespace

double predicted_samples_per_second(Method method, const Cluster& cluster, std::uint32_t period) {
  return CostModel(cluster, period).steps_per_second(method) * cluster.charged_batch;
}

}  // namespace moshpit
