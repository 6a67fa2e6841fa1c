// In moshpit-torch: the residual network of an experiment.
#include <algorithm>
#include <vector>

#include "app/learners.hpp"
#include "torch/resnet_problem.hpp"

namespace moshpit {
namespace {

// Enough for mean and variance of each channel to within some percent, and a twentieth of what an
// evaluation costs otherwise.
constexpr std::size_t images_measured = 500;

ResNetOptions options_of(std::size_t width, const Dataset& data) {
  ResNetOptions options = small_resnet(data.shape(), data.classes);
  options.width = static_cast<std::int64_t>(width);
  return options;
}

// Evenly from the whole set, which may be sorted by class.
Batch some_of(const Examples& examples) {
  const std::size_t count = std::min(images_measured, examples.size());
  std::vector<std::uint32_t> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    chosen.push_back(static_cast<std::uint32_t>(i * examples.size() / count));
  }
  Batch batch;
  gather(examples, chosen, batch);
  return batch;
}

class ResNetModel final : public Model {
 public:
  ResNetModel(std::size_t width, const Dataset& data)
      : problem_(options_of(width, data), data.shape()), measured_(some_of(data.train)) {}

  std::size_t size() const override { return problem_.size(); }
  std::vector<float> initial(std::uint64_t seed) override { return problem_.initial(seed); }
  double loss_and_gradient(std::span<const float> parameters, const Batch& batch,
                           std::span<float> gradient) override {
    return problem_.loss_and_gradient(parameters, batch, gradient);
  }
  Evaluation evaluate(std::span<const float> parameters, const Examples& examples) override {
    problem_.measure_statistics(parameters, measured_);
    return problem_.evaluate(parameters, examples);
  }

 private:
  ResNetProblem problem_;
  Batch measured_;
};

}  // namespace

std::unique_ptr<Model> make_torch_model(std::size_t width, const Dataset& data) {
  return std::make_unique<ResNetModel>(width, data);
}

}  // namespace moshpit
