#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <initializer_list>
#include <optional>
#include <string_view>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "sim/swarm/scenario.hpp"

namespace moshpit::sim {
namespace {

using namespace std::chrono_literals;

Duration milliseconds_of(const toml::table& table, const char* key, Duration otherwise) {
  const auto value = table[key].value<double>();
  return value ? from_seconds(*value / 1000) : otherwise;
}

NetworkModel read_network(const toml::table& table) {
  NetworkModel model;
  model.latency_min = milliseconds_of(table, "latency_min_ms", model.latency_min);
  model.latency_max = milliseconds_of(table, "latency_max_ms", model.latency_max);
  model.loss = table["loss"].value_or(model.loss);
  model.bytes_per_second = table["bytes_per_second"].value_or(model.bytes_per_second);
  return model;
}

// A fault that is misspelt would silently not happen.
std::optional<std::string> unknown_key(const toml::table& table,
                                       std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      return std::string(key.str());
    }
  }
  return std::nullopt;
}

std::optional<std::string> unknown_key(const toml::table& file) {
  auto unknown =
      unknown_key(file, {"peers", "grid", "elements", "steps", "late", "unequal_weights",
                         "claim_places", "local_work", "comes_every_ms", "network", "faults"});
  const auto* network = file["network"].as_table();
  if (!unknown && network) {
    unknown =
        unknown_key(*network, {"latency_min_ms", "latency_max_ms", "loss", "bytes_per_second"});
  }
  const auto* faults = file["faults"].as_table();
  if (!unknown && faults) {
    unknown = unknown_key(*faults, {"crash", "vanish", "freeze", "cut", "poison", "repeat"});
  }
  return unknown;
}

Faults read_faults(const toml::table& table) {
  const auto count = [&](const char* key) {
    return static_cast<std::size_t>(table[key].value_or(std::int64_t{0}));
  };
  return {count("crash"), count("vanish"), count("freeze"),
          count("cut"),   count("poison"), count("repeat")};
}

}  // namespace

Result<Scenario> Scenario::read(const std::filesystem::path& file) {
  const toml::parse_result parsed = toml::parse_file(file.string());
  if (!parsed) {
    return Error(ErrorCode::bad_data,
                 fmt::format("{}: {}.", file.string(), parsed.error().description()));
  }
  const toml::table& table = parsed.table();
  if (const auto unknown = unknown_key(table)) {
    return Error(ErrorCode::bad_data,
                 fmt::format("{}: there is no '{}'.", file.string(), *unknown));
  }
  auto grid = Grid::parse(table["grid"].value_or(std::string("2x2")));
  if (!grid) return grid.error();
  Scenario scenario;
  scenario.name = file.stem().string();
  scenario.grid = *grid;
  scenario.peers = table["peers"].value_or(scenario.peers);
  scenario.elements = table["elements"].value_or(scenario.elements);
  scenario.steps = table["steps"].value_or(scenario.steps);
  scenario.late = table["late"].value_or(scenario.late);
  scenario.unequal_weights = table["unequal_weights"].value_or(false);
  scenario.claim_places = table["claim_places"].value_or(true);
  scenario.local_work = table["local_work"].value_or(true);
  scenario.comes_every = milliseconds_of(table, "comes_every_ms", scenario.comes_every);
  if (const auto* network = table["network"].as_table()) scenario.network = read_network(*network);
  if (const auto* faults = table["faults"].as_table()) scenario.faults = read_faults(*faults);
  return scenario;
}

}  // namespace moshpit::sim
