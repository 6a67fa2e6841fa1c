#include "experiment/training/cluster.hpp"

#include <fmt/format.h>
#include <optional>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace moshpit {
namespace {

// What is wrong first is kept.
class Reader {
 public:
  explicit Reader(const toml::table& file) : file_(file) {}

  double positive(std::string_view path, bool may_be_zero = false) {
    const auto value = file_.at_path(path).value<double>();
    const bool good = value && (may_be_zero ? *value >= 0 : *value > 0);
    if (!good) object(fmt::format("'{}' must be a number above 0", path));
    return good ? *value : 1;
  }

  void object(std::string sentence) {
    if (!problem_) problem_ = Error(ErrorCode::bad_data, "The devices file: " + sentence + ".");
  }

  const toml::table& file() const { return file_; }
  const std::optional<Error>& problem() const { return problem_; }

 private:
  const toml::table& file_;
  std::optional<Error> problem_;
};

void read_devices(Reader& reader, const std::string& path, Cluster& cluster) {
  const toml::table* counts = reader.file().at_path(path + ".devices").as_table();
  if (!counts) return reader.object(fmt::format("'{}.devices' is missing", path));
  for (const auto& [key, count] : *counts) {
    const std::string type(key.str());
    Device device{type, reader.positive("device." + type + ".samples_per_second"),
                  reader.positive("device." + type + ".dollars_per_hour")};
    const auto number = count.value_or(std::int64_t{0});
    if (number <= 0) reader.object(fmt::format("'{}.devices.{}' must be above 0", path, type));
    for (std::int64_t i = 0; i < number; ++i) cluster.devices.push_back(device);
  }
}

}  // namespace

double Cluster::samples_per_second() const {
  double sum = 0;
  for (const Device& device : devices) sum += device.samples_per_second;
  return sum;
}

Cluster with_speed(Cluster cluster, double factor) {
  for (Device& device : cluster.devices) device.samples_per_second *= factor;
  return cluster;
}

Result<Cluster> read_cluster(std::string_view text, std::string_view name) {
  const toml::parse_result file = toml::parse(text);
  if (!file) {
    return Error(ErrorCode::bad_data,
                 fmt::format("The devices file is no TOML: {}.", file.error().description()));
  }
  const std::string path = fmt::format("cluster.{}", name);
  if (!file.table().at_path(path)) {
    return Error(ErrorCode::bad_data, fmt::format("The devices file has no cluster '{}'.", name));
  }
  Reader reader(file.table());
  Cluster cluster;
  cluster.name = name;
  read_devices(reader, path, cluster);
  cluster.bytes_per_second = reader.positive(path + ".bytes_per_second");
  const auto milliseconds = [&](const std::string& where) {
    return from_seconds(reader.positive(path + where, true) / 1000);
  };
  cluster.latency_min = milliseconds(".latency_milliseconds[0]");
  cluster.latency_max = milliseconds(".latency_milliseconds[1]");
  cluster.round_delay = milliseconds(".round_delay_milliseconds");
  if (cluster.latency_max < cluster.latency_min) reader.object("latencies are the least first");
  cluster.vector_bytes = reader.positive("resnet50.parameters") * sizeof(float);
  cluster.charged_batch = reader.positive("resnet50.batch");
  if (reader.problem()) return *reader.problem();
  return cluster;
}

}  // namespace moshpit
