#include "app/experiment/run_store.hpp"

#include <fmt/format.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/hash.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {
namespace {

using nlohmann::json;

json as_json(const std::string& program, const std::string& key, const TrainingResult& result) {
  json points = json::array();
  for (const CurvePoint& point : result.curve.points) {
    points.push_back({point.samples, point.seconds, point.accuracy});
  }
  const AveragingTally& tally = result.tally;
  return {{"program", program},
          {"key", key},
          {"points", points},
          {"own_accuracy", result.curve.own_accuracy},
          {"charged_samples_per_second", result.charged_samples_per_second},
          {"averaging",
           {tally.steps, tally.seconds, tally.rounds, tally.rounds_averaged, tally.members,
            tally.rounds_failed}}};
}

// nlohmann-json throws where a field is not what it should be.
TrainingResult from_json(const json& line) {
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

void read_line(const std::string& program, const std::string& text,
               std::map<std::string, TrainingResult>& results) {
  try {
    const json line = json::parse(text);
    if (line.at("program") != program) return;
    results.insert_or_assign(line.at("key"), from_json(line));
  } catch (const std::exception&) {
    // Cut off when the program was: that run is done again.
  }
}

Result<std::string> digest_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream || bytes.empty()) {
    return Error(ErrorCode::io, fmt::format("'{}' cannot be read, by which finished runs are told "
                                            "from those of another program: permit it",
                                            file.string()));
  }
  return RunId{sha256(as_bytes(bytes))}.text();
}

}  // namespace

Result<RunStore> RunStore::open(const std::filesystem::path& folder,
                                const std::filesystem::path& program) {
  const auto digest = digest_of(program);
  if (!digest) return digest.error();
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  const auto path = folder / "runs.jsonl";
  RunStore store;
  store.program_ = *digest;
  std::string line;
  std::ifstream stream(path);
  while (std::getline(stream, line)) read_line(store.program_, line, store.results_);
  store.file_.open(path, std::ios::app);
  // After a line that was cut off.
  store.file_ << '\n' << std::flush;
  if (!store.file_) {
    return Error(ErrorCode::io, fmt::format("finished runs cannot be kept in '{}': name another "
                                            "folder with --results",
                                            folder.string()));
  }
  return store;
}

std::optional<TrainingResult> RunStore::find(const std::string& key) const {
  const std::lock_guard lock(*mutex_);
  const auto found = results_.find(key);
  if (found == results_.end()) return std::nullopt;
  return found->second;
}

void RunStore::add(const std::string& key, const TrainingResult& result) {
  const std::lock_guard lock(*mutex_);
  results_.insert_or_assign(key, result);
  file_ << as_json(program_, key, result).dump() << '\n' << std::flush;
}

}  // namespace moshpit
