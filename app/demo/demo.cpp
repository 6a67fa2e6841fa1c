#include "app/demo/demo.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <poll.h>
#include <stdlib.h>

#include "app/demo/vectors.hpp"

namespace moshpit {
namespace {

// How long the screen may wait for a peer's line before it looks at the clock again.
constexpr int glance_ms = 50;
// The first peer opens its port and its data in this time, or it never will.
constexpr double starting_takes = 30;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "moshpit-demo-XXXXXX").string();
  return mkdtemp(name.data()) ? name : "";
}

}  // namespace

Demo::Demo(const DemoOptions& options, const Output& output, const Interrupt& interrupt)
    : options_(options),
      output_(output),
      interrupt_(interrupt),
      screen_(!options.json),
      folder_(make_folder()) {
  if (options_.kill_after <= 0 || options_.check_averaging) return;
  deeds_ = {{options_.kill_after, &Demo::kill_one_in_the_middle},
            {1.5 * options_.kill_after, &Demo::let_one_join},
            {2 * options_.kill_after, &Demo::kill_the_first}};
}

Demo::~Demo() {
  processes_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

int Demo::run() {
  if (!start_all()) {
    explain_failures();
    return interrupt_.requested() ? Interrupt::exit_code : 1;
  }
  while (somebody_runs() && !interrupt_.requested()) {
    read_everybody(glance_ms);
    do_what_is_due();
    const std::uint64_t steps = options_.steps / options_.peers / options_.period + 1;
    if (training_since_) screen_.draw(board_, steps, now());
  }
  return interrupt_.requested() ? Interrupt::exit_code : report();
}

bool Demo::start(std::size_t index) {
  const auto arguments = arguments_of(options_, index, invite_, folder_);
  auto process = Process::start(arguments, error_file(folder_, index));
  if (!process) return output_.fail(process.error()), false;
  board_.started(index, index >= options_.peers);
  processes_.emplace(index, *std::move(process));
  return true;
}

bool Demo::start_all() {
  screen_.say(fmt::format("{} peers, each a process of its own, on the grid {}", options_.peers,
                          options_.grid));
  if (!start(0)) return false;
  const double deadline = now() + starting_takes;
  while (invite_.empty() && somebody_runs() && now() < deadline && !interrupt_.requested()) {
    read_everybody(glance_ms);
  }
  if (invite_.empty()) return false;
  screen_.say("join from another terminal:  moshpit join " + invite_);
  for (std::size_t index = 1; index < options_.peers; ++index) {
    if (!start(index)) return false;
  }
  return true;
}

void Demo::read_everybody(int patience_ms) {
  std::vector<pollfd> waits;
  for (const auto& [index, process] : processes_) {
    if (!process.finished()) waits.push_back({process.output(), POLLIN, 0});
  }
  poll(waits.data(), waits.size(), patience_ms);
  for (auto& [index, process] : processes_) {
    if (process.finished()) continue;
    for (const auto& event : process.read()) heard(index, event);
  }
}

void Demo::heard(std::size_t index, const nlohmann::json& event) {
  board_.saw(index, event);
  const std::string kind = event.value("event", "");
  if (kind == "progress" && !training_since_) training_since_ = now();
  if (kind != "member") return;
  // Any member's invite serves; the newest one names living peers.
  invite_ = event.at("invite");
  if (index < options_.peers) return;
  output_.event(
      {{"event", "join"}, {"pid", processes_.at(index).pid()}, {"peer", event.at("peer")}});
  screen_.say(fmt::format("peer {} joined", index));
}

void Demo::do_what_is_due() {
  while (training_since_ && !deeds_.empty() && now() - *training_since_ >= deeds_.front().after) {
    const auto act = deeds_.front().act;
    deeds_.erase(deeds_.begin());
    (this->*act)();
  }
}

void Demo::kill(std::size_t index) {
  const auto victim = processes_.find(index);
  if (victim == processes_.end() || victim->second.finished()) return;
  const double moment = now();
  victim->second.kill();
  kills_.push_back(moment);
  board_.killed(index, moment);
  output_.event(
      {{"event", "kill"}, {"pid", victim->second.pid()}, {"peer", board_.peers().at(index).id}});
  screen_.say(fmt::format("kill -9 of peer {}", index));
}

void Demo::kill_one_in_the_middle() { kill(options_.peers / 2); }
void Demo::kill_the_first() { kill(0); }
void Demo::let_one_join() { start(options_.peers); }

bool Demo::somebody_runs() const {
  return std::ranges::any_of(processes_,
                             [](const auto& process) { return !process.second.finished(); });
}

bool Demo::all_survivors_finished() const {
  return std::ranges::all_of(processes_, [&](const auto& process) {
    return !board_.survived(process.first) || process.second.exit_code() == 0;
  });
}

std::vector<std::vector<float>> Demo::vectors_of_survivors() const {
  std::vector<std::vector<float>> vectors;
  for (const auto& [index, process] : processes_) {
    if (!board_.survived(index)) continue;
    auto vector = read_vector(vector_file(folder_, index));
    if (vector) vectors.push_back(*std::move(vector));
  }
  return vectors;
}

int Demo::report() {
  const auto vectors = vectors_of_survivors();
  const bool complete = all_survivors_finished() && !vectors.empty();
  if (!complete) {
    explain_failures();
    return 1;
  }
  nlohmann::json report =
      options_.check_averaging ? averaging_report(vectors) : training_report(vectors);
  output_.event(report);
  report.erase("event");
  for (const auto& [name, value] : report.items()) {
    std::string label = name;
    std::ranges::replace(label, '_', ' ');
    screen_.say(fmt::format("  {:22} {}", label, value.dump()));
  }
  return 0;
}

nlohmann::json Demo::training_report(const std::vector<std::vector<float>>& vectors) const {
  double accuracy = 0;
  std::vector<std::uint64_t> steps;
  std::size_t lost = 0;
  std::size_t joined = 0;
  for (const auto& [index, log] : board_.peers()) {
    lost += log.killed_at ? 1 : 0;
    joined += log.joined_late ? 1 : 0;
    if (log.killed_at) continue;
    steps.push_back(log.local_steps);
    accuracy = std::max(accuracy, log.accuracy.value_or(0));
  }
  nlohmann::json waits = nlohmann::json::array();
  for (double kill : kills_) waits.push_back(board_.seconds_to_next_round(kill).value_or(-1));
  return {{"event", "report"},
          {"accuracy", accuracy},
          {"steps", steps},
          {"rounds", board_.rounds()},
          {"peers_lost", lost},
          {"peers_joined", joined},
          {"steps_lost", board_.steps_lost()},
          {"seconds_to_next_round", waits},
          {"max_disagreement", max_disagreement(vectors)}};
}

nlohmann::json Demo::averaging_report(const std::vector<std::vector<float>>& vectors) const {
  const std::size_t rounds = Grid::parse(options_.grid).value().dimensions();
  std::vector<double> weights;
  for (std::size_t index = 0; index < vectors.size(); ++index) {
    weights.push_back(options_.unequal_weights ? 1.0 + static_cast<double>(index) : 1.0);
  }
  std::vector<std::vector<float>> last;
  for (const auto& history : vectors) {
    const auto size = static_cast<std::ptrdiff_t>(history.size() / (rounds + 1));
    last.emplace_back(history.end() - size, history.end());
  }
  return {{"event", "report"},
          {"rounds", rounds},
          {"peers", vectors.size()},
          {"max_disagreement", max_disagreement(last)},
          {"max_error_per_round", max_error_per_round(vectors, weights, rounds)}};
}

void Demo::explain_failures() const {
  for (const auto& [index, process] : processes_) {
    const bool failed = process.finished() && board_.survived(index) && process.exit_code() != 0;
    if (!failed) continue;
    std::ifstream errors(error_file(folder_, index));
    std::string line;
    std::string last = "moshpit: peer " + std::to_string(index) + " ended without a word.";
    while (std::getline(errors, line)) last = line;
    std::cerr << last << "\n";
  }
}

}  // namespace moshpit
