#include "app/experiment/run_store.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace moshpit {
namespace {

using nlohmann::json;

json as_json(const TrainingResult& result) {
  json points = json::array();
  for (const CurvePoint& point : result.curve.points) {
    points.push_back({point.samples, point.seconds, point.accuracy});
  }
  const AveragingTally& tally = result.tally;
  return {{"points", points},
          {"own_accuracy", result.curve.own_accuracy},
          {"charged_samples_per_second", result.charged_samples_per_second},
          {"averaging",
           {tally.steps, tally.seconds, tally.rounds, tally.rounds_averaged, tally.members,
            tally.rounds_failed}}};
}

// nlohmann-json throws where a field is not what it should be.
TrainingResult result_from(const json& line) {
  TrainingResult result;
  for (const json& point : line.at("points")) {
    result.curve.points.push_back({point.at(0), point.at(1), point.at(2)});
  }
  if (result.curve.points.empty()) throw std::out_of_range("no points");
  result.curve.own_accuracy = line.at("own_accuracy");
  result.charged_samples_per_second = line.at("charged_samples_per_second");
  const json& averaging = line.at("averaging");
  result.tally = {averaging.at(0), averaging.at(1), averaging.at(2),
                  averaging.at(3), averaging.at(4), averaging.at(5)};
  return result;
}

}  // namespace

Result<RunStore> RunStore::open(const std::filesystem::path& folder,
                                const std::filesystem::path& program) {
  auto lines = KeyedLines::open(folder, program);
  if (!lines) return lines.error();
  return RunStore(*std::move(lines));
}

std::optional<TrainingResult> RunStore::find(const std::string& key) const {
  const auto found = lines_.find(key);
  if (!found) return std::nullopt;
  try {
    return result_from(*found);
  } catch (const std::exception&) {
    return std::nullopt;  // no result of ours: that run is done again
  }
}

void RunStore::add(const std::string& key, const TrainingResult& result) {
  lines_.add(key, as_json(result));
}

}  // namespace moshpit
