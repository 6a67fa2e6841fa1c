// The scenario file: every entry has a type and a range, and what is misspelt or out of its range
// is said. A fault that silently did not happen would let a promise look kept.
#include <cmath>
#include <concepts>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "sim/swarm/scenario.hpp"

namespace moshpit::sim {
namespace {

// As many as `simulate swarm --peers` takes.
constexpr std::uint64_t peers_limit = 65536;
constexpr std::uint64_t elements_limit = 100'000'000;
constexpr std::uint64_t steps_limit = 1'000'000;
constexpr double milliseconds_limit = 3'600'000;
constexpr double slowest_line = 1;  // bytes a second
constexpr double fastest_line = 1e12;
constexpr double greatest_loss = 0.9;
// A clock or a device that is off by more is broken, not wrong.
constexpr double factor_limit = 1000;

// One table of the file. What is wrong first is kept in `problem`, for all tables together.
class Section {
 public:
  Section(const toml::table& table, std::optional<std::string>& problem)
      : table_(table), problem_(problem) {}

  template <std::unsigned_integral Number>
  void count(std::string_view key, Number& value, std::uint64_t least, std::uint64_t most) {
    if (!has(key)) return;
    const auto read = table_[key].value_exact<std::int64_t>();
    const bool good = read && *read >= 0 && static_cast<std::uint64_t>(*read) >= least &&
                      static_cast<std::uint64_t>(*read) <= most;
    if (!good)
      return object(fmt::format("'{}' must be a whole number from {} to {}", key, least, most));
    value = static_cast<Number>(*read);
  }

  void number(std::string_view key, double& value, double least, double most) {
    if (!has(key)) return;
    const auto read = table_[key].value<double>();
    if (!read || !(*read >= least && *read <= most)) {
      return object(fmt::format("'{}' must be a number from {} to {}", key, least, most));
    }
    value = *read;
  }

  void milliseconds(std::string_view key, Duration& value) {
    double read = seconds(value) * 1000;
    number(key, read, 0, milliseconds_limit);
    value = from_seconds(read / 1000);
  }

  void flag(std::string_view key, bool& value) {
    if (!has(key)) return;
    const auto read = table_[key].value_exact<bool>();
    if (!read) return object(fmt::format("'{}' must be true or false", key));
    value = *read;
  }

  void text(std::string_view key, std::string& value) {
    if (!has(key)) return;
    const auto read = table_[key].value_exact<std::string>();
    if (!read) return object(fmt::format("'{}' must be a text in quotes", key));
    value = *read;
  }

  // "[least, most]".
  void range(std::string_view key, std::optional<Range>& value, double least, double most) {
    if (!has(key)) return;
    const auto* array = table_[key].as_array();
    const bool pair = array && array->size() == 2;
    const auto low = pair ? array->get(0)->value<double>() : std::nullopt;
    const auto high = pair ? array->get(1)->value<double>() : std::nullopt;
    if (!low || !high || !(*low >= least && *low <= *high && *high <= most)) {
      return object(
          fmt::format("'{}' is no range: write [least, most], from {} to {}", key, least, most));
    }
    value = Range{*low, *high};
  }

  // "["fp16", "int8"]".
  void codecs(std::string_view key, std::vector<Codec>& value) {
    if (!has(key)) return;
    value.clear();
    const auto* array = table_[key].as_array();
    for (std::size_t i = 0; array && i < array->size(); ++i) {
      const auto codec = codec_named(array->get(i)->value_or(std::string_view()));
      if (!codec) return object(fmt::format("'{}' holds what is no codec", key));
      value.push_back(*codec);
    }
    if (value.empty()) object(fmt::format("'{}' must be a list of codecs", key));
  }

  // Reads a table inside this one, if it is there, by read(section).
  template <class Read>
  void part(std::string_view key, Read read) {
    if (!has(key)) return;
    const auto* inner = table_[key].as_table();
    if (!inner) return object(fmt::format("'{0}' must be a table, as in [{0}]", key));
    Section section(*inner, problem_);
    read(section);
    section.end();
  }

  // Whatever nobody has asked for does not exist.
  void end() {
    for (const auto& [key, value] : table_) {
      if (!known_.contains(key.str())) object(fmt::format("there is no '{}'", key.str()));
    }
  }

 private:
  bool has(std::string_view key) {
    known_.insert(key);
    return table_.contains(key);
  }
  void object(std::string sentence) {
    if (!problem_) problem_ = std::move(sentence);
  }

  const toml::table& table_;
  std::optional<std::string>& problem_;
  std::set<std::string_view> known_;
};

void read_network(Section& section, NetworkModel& model) {
  section.milliseconds("latency_min_ms", model.latency_min);
  section.milliseconds("latency_max_ms", model.latency_max);
  section.milliseconds("jitter_mean_ms", model.jitter_mean);
  section.number("loss", model.loss, 0, greatest_loss);
  section.number("bytes_per_second", model.bytes_per_second, slowest_line, fastest_line);
}

void read_hosts(Section& section, Scenario& scenario) {
  HostRanges& hosts = scenario.hosts;
  section.count("outbound_only", scenario.outbound_only, 0, peers_limit);
  section.count("unaware", scenario.unaware, 0, peers_limit);
  section.range("bytes_per_second_up", hosts.bytes_per_second_up, slowest_line, fastest_line);
  section.range("bytes_per_second_down", hosts.bytes_per_second_down, slowest_line, fastest_line);
  section.range("clock_rate", hosts.clock_rate, 1 / factor_limit, factor_limit);
  section.range("speed", hosts.speed, 1 / factor_limit, factor_limit);
}

void read_costs(Section& section, ComputeCosts& costs) {
  section.milliseconds("sign_ms", costs.sign);
  section.milliseconds("verify_ms", costs.verify);
  section.milliseconds("mebibyte_ms", costs.mebibyte);
}

void read_faults(Section& section, Faults& faults) {
  const auto count = [&](std::string_view key, std::size_t& value) {
    section.count(key, value, 0, peers_limit);
  };
  count("crash", faults.crash);
  count("vanish", faults.vanish);
  count("freeze", faults.freeze);
  count("cut", faults.cut);
  count("cut_one_way", faults.cut_one_way);
  count("split", faults.split);
  count("clog", faults.clog);
  count("skew", faults.skew);
  count("restart", faults.restart);
  count("restart_anew", faults.restart_anew);
  count("poison", faults.poison);
  count("repeat", faults.repeat);
}

void read_scenario(Section& section, Scenario& scenario, std::string& grid) {
  section.text("grid", grid);
  section.count("largest_group", scenario.largest_group, 0, following_group_limit);
  section.count("peers", scenario.peers, 1, peers_limit);
  section.count("elements", scenario.elements, 1, elements_limit);
  section.count("steps", scenario.steps, 1, steps_limit);
  section.count("late", scenario.late, 0, peers_limit);
  section.number("grouped", scenario.grouped, 0, 1);
  section.flag("unequal_weights", scenario.unequal_weights);
  section.codecs("codecs", scenario.codecs);
  section.flag("claim_places", scenario.claim_places);
  section.flag("real_signatures", scenario.real_signatures);
  section.flag("local_work", scenario.local_work);
  section.milliseconds("comes_every_ms", scenario.comes_every);
  section.milliseconds("between_steps_ms", scenario.between_steps);
  section.part("network", [&](Section& part) { read_network(part, scenario.network); });
  section.part("hosts", [&](Section& part) { read_hosts(part, scenario); });
  section.part("costs", [&](Section& part) { read_costs(part, scenario.costs); });
  section.part("faults", [&](Section& part) { read_faults(part, scenario.faults); });
}

Error impossible(const std::string& sentence) {
  return Error(ErrorCode::invalid_argument, sentence);
}

}  // namespace

Result<void> Scenario::check() const {
  if (outbound_only >= peers) {
    return impossible(fmt::format("{} of {} peers accept no connections: at least one must.",
                                  outbound_only, peers));
  }
  if (unaware > outbound_only) {
    return impossible(
        fmt::format("{} peers do not know that they accept no connections, and {} "
                    "accept none.",
                    unaware, outbound_only));
  }
  if (faults.poison >= peers) {
    return impossible(fmt::format("{} of {} peers are poisoners: at least one must be honest.",
                                  faults.poison, peers));
  }
  if (network.latency_min > network.latency_max) {
    return impossible("The least latency is greater than the greatest.");
  }
  if (largest_group > 0 && largest_group < grid.side()) {
    return impossible(fmt::format("Groups of at most {} are smaller than a side of the grid {}.",
                                  largest_group, grid.text()));
  }
  if (!claim_places && peers > grid.places()) {
    return impossible(
        fmt::format("{} peers have no places of their own on the grid {}.", peers, grid.text()));
  }
  return {};
}

Result<Scenario> Scenario::read(const std::filesystem::path& file) {
  if (!std::ifstream(file)) {
    return Error(ErrorCode::io,
                 fmt::format("The scenario {} cannot be read: name a TOML file, such as one of "
                             "test/scenarios.",
                             file.string()));
  }
  const toml::parse_result parsed = toml::parse_file(file.string());
  if (!parsed) {
    return Error(ErrorCode::bad_data,
                 fmt::format("{}: {}.", file.string(), parsed.error().description()));
  }
  std::optional<std::string> problem;
  Section section(parsed.table(), problem);
  Scenario scenario;
  scenario.name = file.stem().string();
  std::string grid_text = scenario.grid.text();
  read_scenario(section, scenario, grid_text);
  section.end();
  if (problem) {
    return Error(ErrorCode::bad_data, fmt::format("{}: {}.", file.string(), *problem));
  }
  auto grid = Grid::parse(grid_text);
  if (!grid) return grid.error();
  scenario.grid = *grid;
  return scenario;
}

}  // namespace moshpit::sim
