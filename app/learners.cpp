#include "app/learners.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "app/mlp_learner.hpp"
#include "data/digits.hpp"
#include "data/read.hpp"

namespace moshpit {
namespace {

Result<Dataset> load_data(const std::string& folder) {
  if (folder.empty()) return draw_digits();
  return read_dataset(folder);
}

}  // namespace

Result<Part> Part::parse(const std::string& text, std::size_t examples) {
  Part part;
  const auto slash = std::min(text.find('/'), text.size());
  const char* const middle = text.data() + slash;
  const char* const end = text.data() + text.size();
  const auto is_number = [](const char* from, const char* to, std::size_t& number) {
    const auto read = std::from_chars(from, to, number);
    return read.ec == std::errc() && read.ptr == to;
  };
  const bool numbers = middle != end && is_number(text.data(), middle, part.peer) &&
                       is_number(middle + 1, end, part.peers);
  const bool good = numbers && part.peer < part.peers;
  if (good && part.peers <= examples) return part;
  if (good) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("The data have {} examples, which cannot be cut into {} parts: take "
                             "more data, or fewer parts.",
                             examples, part.peers));
  }
  return Error(ErrorCode::invalid_argument,
               "'" + text + "' is no part of the training set: write I/N with I from 0 to N-1, " +
                   "as 3/8.");
}

bool needs_torch(const RunSettings& settings) { return settings.model != "mlp"; }

Result<std::unique_ptr<Learner>> make_learner(const RunSettings& settings, const OwnData& data) {
  const bool sound = settings.rate > 0 && std::isfinite(settings.rate) && settings.momentum >= 0 &&
                     settings.momentum < 1 && settings.weight_decay >= 0 &&
                     std::isfinite(settings.weight_decay) && settings.warm_up >= 0 &&
                     settings.hidden > 0 && settings.hidden <= 4096;
  if (!sound) {
    return Error(ErrorCode::invalid_argument,
                 "A learning rate is above 0, a momentum from 0 to below 1, a decay or warm-up not "
                 "negative, and there are 1 to 4096 hidden units.");
  }
  if (needs_torch(settings)) return make_torch_learner(settings, data);
  if (settings.optimizer != "sgd") {
    return Error(ErrorCode::invalid_argument,
                 "The model mlp is trained with sgd: choose that, or a model of LibTorch.");
  }
  auto loaded = load_data(data.folder);
  if (!loaded) return loaded.error();
  const auto part = Part::parse(data.shard, loaded->train.size());
  if (!part) return part.error();
  std::unique_ptr<Learner> learner =
      std::make_unique<MlpLearner>(*std::move(loaded), settings, *part);
  return learner;
}

}  // namespace moshpit
