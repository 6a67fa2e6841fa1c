#include "app/round_events.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace moshpit {
namespace {

const char* name_of(RoundOutcome outcome) {
  switch (outcome) {
    case RoundOutcome::averaged:
      return "averaged";
    case RoundOutcome::alone:
      return "alone";
    case RoundOutcome::failed:
      return "failed";
  }
  return "";
}

const char* name_of(LossReason reason) {
  switch (reason) {
    case LossReason::disconnected:
      return "disconnected";
    case LossReason::silent:
      return "silent";
    case LossReason::refused:
      return "refused";
  }
  return "";
}

std::vector<std::string> names_in(const MemberSet& set, const std::vector<PeerId>& members) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (set.test(i)) names.push_back(members[i].text());
  }
  return names;
}

std::set<std::vector<std::string>> contributor_sets(const RoundReport& report) {
  std::set<std::vector<std::string>> sets;
  for (const ChunkReport& chunk : report.chunks) {
    if (chunk.averaged) sets.insert(names_in(chunk.contributors, report.members));
  }
  return sets;
}

// Of all contributions to the first chunk together.
double weight_of(const RoundReport& report) {
  if (report.chunks.empty() || !report.chunks.front().averaged) return 0;
  const ChunkReport& first = report.chunks.front();
  return first.mean_weight * static_cast<double>(first.contributors.count());
}

nlohmann::json lost_peers(const RoundReport& report) {
  nlohmann::json list = nlohmann::json::array();
  for (const LostPeer& lost : report.lost) {
    list.push_back({{"peer", lost.peer.text()},
                    {"reason", name_of(lost.reason)},
                    {"sentence", lost.sentence}});
  }
  return list;
}

nlohmann::json phases_of(const RoundPhases& phases) {
  return {{"transfer", seconds(phases.transfer)},
          {"codec", seconds(phases.codec)},
          {"sum", seconds(phases.sum)},
          {"waiting", seconds(phases.waiting)}};
}

nlohmann::json traffic_of(const RoundReport& report) {
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < report.traffic.size(); ++i) {
    if (i == report.self) continue;
    const MemberTraffic& traffic = report.traffic[i];
    list.push_back({{"peer", report.members[i].text()},
                    {"bytes_sent", traffic.bytes_sent},
                    {"bytes_received", traffic.bytes_received},
                    {"goodput", traffic.goodput}});
  }
  return list;
}

}  // namespace

nlohmann::json round_event(const RoundReport& report) {
  const auto is_averaged = [](const ChunkReport& chunk) { return chunk.averaged; };
  nlohmann::json members = nlohmann::json::array();
  for (const PeerId& member : report.members) members.push_back(member.text());
  const double ended = seconds(report.ended.time_since_epoch());
  return {{"event", "round"},
          {"step", report.time.step},
          {"round", report.time.round},
          {"grid", report.grid.text()},
          {"group", report.group},
          {"id", report.id.text()},
          {"members", members},
          {"outcome", name_of(report.outcome)},
          {"began", ended - seconds(report.matching + report.reducing)},
          {"ended", ended},
          {"chunks", report.chunks.size()},
          {"averaged", std::ranges::count_if(report.chunks, is_averaged)},
          {"contributors", contributor_sets(report)},
          {"weight", weight_of(report)},
          {"view", names_in(report.view, report.members)},
          {"take_overs", report.take_overs},
          {"lost", lost_peers(report)},
          {"matching", seconds(report.matching)},
          {"reducing", seconds(report.reducing)},
          {"phases", phases_of(report.phases)},
          {"traffic", traffic_of(report)},
          {"bytes_sent", report.bytes_sent},
          {"bytes_received", report.bytes_received}};
}

}  // namespace moshpit
