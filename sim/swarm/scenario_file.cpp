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
  model.jitter_mean = milliseconds_of(table, "jitter_mean_ms", model.jitter_mean);
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
  auto unknown = unknown_key(
      file, {"peers", "grid", "elements", "steps", "late", "unequal_weights", "claim_places",
             "local_work", "comes_every_ms", "between_steps_ms", "network", "hosts", "faults"});
  const auto look = [&](const char* name, std::initializer_list<std::string_view> known) {
    const auto* table = file[name].as_table();
    if (!unknown && table) unknown = unknown_key(*table, known);
  };
  look("network",
       {"latency_min_ms", "latency_max_ms", "jitter_mean_ms", "loss", "bytes_per_second"});
  look("hosts",
       {"outbound_only", "bytes_per_second_up", "bytes_per_second_down", "clock_rate", "speed"});
  look("faults", {"crash", "vanish", "freeze", "cut", "cut_one_way", "split", "clog", "skew",
                  "restart", "restart_anew", "poison", "repeat"});
  return unknown;
}

std::size_t count_of(const toml::table& table, const char* key) {
  return static_cast<std::size_t>(table[key].value_or(std::int64_t{0}));
}

Faults read_faults(const toml::table& table) {
  Faults faults;
  faults.crash = count_of(table, "crash");
  faults.vanish = count_of(table, "vanish");
  faults.freeze = count_of(table, "freeze");
  faults.cut = count_of(table, "cut");
  faults.cut_one_way = count_of(table, "cut_one_way");
  faults.split = count_of(table, "split");
  faults.clog = count_of(table, "clog");
  faults.skew = count_of(table, "skew");
  faults.restart = count_of(table, "restart");
  faults.restart_anew = count_of(table, "restart_anew");
  faults.poison = count_of(table, "poison");
  faults.repeat = count_of(table, "repeat");
  return faults;
}

// "[least, most]", both above 0.
Result<std::optional<Range>> read_range(const toml::table& table, const char* key) {
  if (!table.contains(key)) return std::optional<Range>();
  const auto* array = table[key].as_array();
  const bool pair = array && array->size() == 2;
  Range range{0, 0};
  if (pair) {
    range.least = array->get(0)->value_or(0.0);
    range.most = array->get(1)->value_or(0.0);
  }
  if (!(range.least > 0) || !(range.most >= range.least)) {
    return Error(ErrorCode::bad_data, fmt::format("'{}' is no range: write [least, most].", key));
  }
  return std::optional(range);
}

Result<HostRanges> read_hosts(const toml::table& table) {
  const auto up = read_range(table, "bytes_per_second_up");
  const auto down = read_range(table, "bytes_per_second_down");
  const auto clock_rate = read_range(table, "clock_rate");
  const auto speed = read_range(table, "speed");
  for (const auto* range : {&up, &down, &clock_rate, &speed}) {
    if (!*range) return range->error();
  }
  return HostRanges{*up, *down, *clock_rate, *speed};
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
  scenario.between_steps = milliseconds_of(table, "between_steps_ms", scenario.between_steps);
  if (const auto* network = table["network"].as_table()) scenario.network = read_network(*network);
  if (const auto* hosts = table["hosts"].as_table()) {
    const auto ranges = read_hosts(*hosts);
    if (!ranges) return ranges.error();
    scenario.hosts = *ranges;
    scenario.outbound_only = count_of(*hosts, "outbound_only");
  }
  if (const auto* faults = table["faults"].as_table()) scenario.faults = read_faults(*faults);
  return scenario;
}

}  // namespace moshpit::sim
