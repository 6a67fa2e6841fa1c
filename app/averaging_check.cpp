#include "app/averaging_check.hpp"

#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "app/assembly.hpp"
#include "app/round_events.hpp"
#include "base/bytes.hpp"
#include "base/random.hpp"

namespace moshpit {
namespace {

std::vector<float> random_vector(std::uint64_t size, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

void append_to(std::ofstream& file, std::span<const float> values) {
  const std::string_view bytes = as_text(std::as_bytes(values));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void save(const std::string& path, const std::vector<float>& before, const StepOutcome& outcome) {
  std::ofstream file(path, std::ios::binary);
  append_to(file, before);
  for (const auto& values : outcome.values_after_round) append_to(file, values);
}

}  // namespace

RunPlan averaging_check_plan(const Grid& grid) {
  RunPlan plan;
  plan.grid = grid;
  plan.model = "averaging-check";
  plan.elements = 100'003;  // a prime
  plan.steps = 1;
  return plan;
}

int check_averaging(Peer& peer, const AveragingCheckOptions& options, const Output& output,
                    const Interrupt& interrupt) {
  if (!wait_for_members(peer, options.wait_for, output, interrupt)) {
    return output.fail(Error(ErrorCode::unreachable,
                             "The other peers did not come: start them, or lower --wait-for."));
  }
  StepRequest request;
  request.values = random_vector(peer.plan().elements, options.index + 1);
  request.weight = options.weight;
  request.keep_each_round = true;
  const std::vector<float> before = request.values;
  const auto outcome = peer.average(std::move(request)).wait();
  if (!outcome) return output.fail(outcome.error());
  for (const RoundReport& report : outcome->report.rounds) output.event(round_event(report));
  if (!options.save.empty()) save(options.save, before, *outcome);
  output.event({{"event", "finished"}, {"peer", peer.id().text()}});
  output.say(fmt::format("averaged in {} rounds", outcome->report.rounds.size()));
  return 0;
}

}  // namespace moshpit
