#include "app/demo/plan.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace moshpit {
namespace {

void append(std::vector<std::string>& all, std::initializer_list<std::string> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::vector<std::string> arguments_of(const DemoOptions& options, std::size_t index,
                                      const std::string& invite, const std::string& folder) {
  const bool first = invite.empty();
  std::vector<std::string> arguments{first ? "run" : "join"};
  if (!first) arguments.push_back(invite);
  append(arguments, {"--json", "--save", vector_file(folder, index)});
  const std::string codec(name_of(options.codec));
  if (first) append(arguments, {"--grid", options.grid, "--codec", codec});
  if (options.check_averaging) {
    const std::size_t weight = options.unequal_weights ? 1 + index : 1;
    append(arguments, {"--check-averaging", "--check-index", std::to_string(index),
                       "--check-weight", std::to_string(weight)});
  } else {
    // A late peer takes the shard of one that was killed.
    append(arguments, {"--shard", fmt::format("{}/{}", index % options.peers, options.peers)});
    if (!options.data.empty()) append(arguments, {"--data", options.data});
    const std::uint64_t steps = std::max<std::uint64_t>(options.steps / options.peers, 1);
    if (first) {
      append(arguments,
             {"--steps", std::to_string(steps), "--period", std::to_string(options.period)});
    }
  }
  const bool from_the_start = index < options.peers;
  if (from_the_start) append(arguments, {"--wait-for", std::to_string(options.peers)});
  return arguments;
}

std::string vector_file(const std::string& folder, std::size_t index) {
  return fmt::format("{}/peer-{}.f32", folder, index);
}

std::string error_file(const std::string& folder, std::size_t index) {
  return fmt::format("{}/peer-{}.err", folder, index);
}

}  // namespace moshpit
