#include "app/bench/member_processes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <utility>

namespace moshpit {
namespace {

// How long a wait for a member's line may last before an interrupt is looked for.
constexpr int glance_ms = 50;
constexpr const char* own_errors = "/dev/stderr";

}  // namespace

Result<void> MemberProcesses::start(const std::vector<std::string>& arguments) {
  auto process = Process::start(arguments, own_errors);
  if (!process) return process.error();
  members_.push_back(*std::move(process));
  return {};
}

Result<void> MemberProcesses::start_other(const std::string& program,
                                          const std::vector<std::string>& arguments) {
  auto process = Process::start_other(program, arguments, own_errors);
  if (!process) return process.error();
  members_.push_back(*std::move(process));
  return {};
}

std::vector<nlohmann::json> MemberProcesses::read() {
  std::vector<nlohmann::json> events;
  for (auto& [member, event] : hear()) events.push_back(std::move(event));
  return events;
}

std::vector<std::pair<std::size_t, nlohmann::json>> MemberProcesses::hear() {
  std::vector<pollfd> waits;
  for (const Process& member : members_) {
    if (!member.finished()) waits.push_back({member.output(), POLLIN, 0});
  }
  poll(waits.data(), waits.size(), glance_ms);
  std::vector<std::pair<std::size_t, nlohmann::json>> events;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].finished()) continue;
    for (auto& event : members_[i].read()) events.emplace_back(i, std::move(event));
  }
  return events;
}

bool MemberProcesses::somebody_runs() const {
  return std::ranges::any_of(members_, [](const Process& member) { return !member.finished(); });
}

bool MemberProcesses::all_succeeded() const {
  return std::ranges::all_of(members_,
                             [](const Process& member) { return member.exit_code() == 0; });
}

}  // namespace moshpit
