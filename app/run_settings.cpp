#include "app/run_settings.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <sstream>

namespace moshpit {
namespace {

Error not_understood(const std::string& line) {
  return Error(ErrorCode::bad_data,
               "The run has a setting that this version does not understand, '" + line +
                   "': use the version that started the run.");
}

template <class Value>
bool read(const std::string& text, Value& value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}

bool read(const std::string& text, std::string& value) {
  value = text;
  return true;
}

bool put(RunSettings& settings, const std::string& name, const std::string& text) {
  const auto& all = run_settings();
  const auto one = std::ranges::find(all, name, &RunSetting::name);
  if (one == all.end()) return false;
  return std::visit([&](auto field) { return read(text, settings.*field); }, one->field);
}

}  // namespace

const std::vector<RunSetting>& run_settings() {
  static const std::vector<RunSetting> all{
      {"model", &RunSettings::model,
       "What is trained: mlp; with LibTorch also resnet-small, resnet18, resnet34, resnet50, "
       "albert-tiny, albert-base, albert-large"},
      {"hidden", &RunSettings::hidden, "mlp: hidden units"},
      {"optimizer", &RunSettings::optimizer, "sgd; with LibTorch also adam and lamb"},
      {"rate", &RunSettings::rate, "Learning rate at its highest"},
      {"momentum", &RunSettings::momentum, "sgd: Nesterov momentum"},
      {"weight-decay", &RunSettings::weight_decay, "Decay of the weights"},
      {"warm-up", &RunSettings::warm_up,
       "Steps of the optimizer until the rate is at its highest, by the run's clock"},
      {"sequence", &RunSettings::sequence, "albert: tokens of an example"},
      {"vocabulary", &RunSettings::vocabulary, "albert: pieces of words"},
  };
  return all;
}

std::string text_of(const RunSettings& settings, const RunSetting& one) {
  return std::visit([&](auto field) { return fmt::format("{}", settings.*field); }, one.field);
}

std::string to_text(const RunSettings& settings) {
  std::string text;
  for (const RunSetting& one : run_settings()) {
    text += one.name + " = " + text_of(settings, one) + "\n";
  }
  return text;
}

Result<RunSettings> run_settings_from(const std::string& text) {
  RunSettings settings;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto sign = line.find(" = ");
    if (sign == std::string::npos) return not_understood(line);
    if (!put(settings, line.substr(0, sign), line.substr(sign + 3))) return not_understood(line);
  }
  return settings;
}

std::string difference(const RunSettings& run, const RunSettings& own,
                       const std::vector<std::string>& asked) {
  std::string differences;
  for (const RunSetting& one : run_settings()) {
    const bool named = std::ranges::find(asked, one.name) != asked.end();
    const std::string theirs = text_of(run, one);
    const std::string mine = text_of(own, one);
    if (!named || theirs == mine) continue;
    if (!differences.empty()) differences += ", ";
    differences += fmt::format("{} is {} and not {}", one.name, theirs, mine);
  }
  return differences;
}

}  // namespace moshpit
