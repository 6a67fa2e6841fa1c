#include "experiment/training/cluster.hpp"

#include <fmt/format.h>

#include "experiment/devices_file.hpp"

namespace moshpit {
namespace {

void read_devices(DevicesFile& file, const std::string& path, Cluster& cluster) {
  const toml::table* counts = file.table(path + ".devices");
  if (!counts) return;
  for (const auto& [key, count] : *counts) {
    const std::string type(key.str());
    Device device{type, file.positive("device." + type + ".samples_per_second"),
                  file.positive("device." + type + ".dollars_per_hour")};
    const auto number = count.value_or(std::int64_t{0});
    if (number <= 0) file.object(fmt::format("'{}.devices.{}' must be above 0", path, type));
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
  auto parsed = DevicesFile::parse(text);
  if (!parsed) return parsed.error();
  DevicesFile& file = *parsed;
  const std::string path = fmt::format("cluster.{}", name);
  if (!file.table(path)) {
    return Error(ErrorCode::bad_data, fmt::format("The devices file has no cluster '{}'.", name));
  }
  Cluster cluster;
  cluster.name = name;
  read_devices(file, path, cluster);
  cluster.bytes_per_second = file.positive(path + ".bytes_per_second");
  const auto milliseconds = [&](const char* where) {
    return from_seconds(file.positive_or_zero(path + where) / 1000);
  };
  cluster.latency_min = milliseconds(".latency_milliseconds[0]");
  cluster.latency_max = milliseconds(".latency_milliseconds[1]");
  cluster.round_delay = milliseconds(".round_delay_milliseconds");
  if (cluster.latency_max < cluster.latency_min) file.object("latencies are the least first");
  cluster.vector_bytes = file.positive("resnet50.parameters") * sizeof(float);
  cluster.charged_batch = file.positive("resnet50.batch");
  if (file.problem()) return *file.problem();
  return cluster;
}

}  // namespace moshpit
