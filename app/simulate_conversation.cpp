#include "app/simulate_conversation.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/swarm/utterance.hpp"

namespace moshpit {
namespace {

bool among(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string objection_to_peer(const std::string& text) {
  const bool good = text.size() > 1 && text[0] == 'p' &&
                    text.find_first_not_of("0123456789", 1) == std::string::npos;
  return good ? "" : fmt::format("'{}' is no peer: write p and its number, as in p3", text);
}

}  // namespace

void declare_filter(CLI::App& command, ConversationFilter& filter) {
  command
      .add_option("--peer", filter.peers, "Only what this peer sends or is sent, as p3; several")
      ->check(CLI::Validator(objection_to_peer, ""));
  command.add_option("--kind", filter.kinds, "Only frames of this kind; several")
      ->check(CLI::IsMember(sim::all_kinds()));
  command.add_option("--from", filter.from, "Only from this second of virtual time on");
  command.add_option("--to", filter.to, "Only until this second of virtual time");
}

sim::Onlookers ConversationView::onlookers() {
  sim::Onlookers onlookers;
  onlookers.arrivals = [this](const PeerId& peer) { transcript_.add_peer(peer); };
  onlookers.frames = [this](Time time, const sim::Host& from, const sim::Host& to, ByteView frame) {
    look(time, from.id(), to.id(), frame);
  };
  return onlookers;
}

void ConversationView::look(Time time, const PeerId& from, const PeerId& to, ByteView frame) {
  const sim::Line line = transcript_.write(time, from, to, frame);
  if (!wanted(line)) return;
  ++shown_;
  const double at = seconds(line.time.time_since_epoch());
  output_.event({{"event", "frame"},
                 {"time", at},
                 {"from", line.from},
                 {"to", line.to},
                 {"kind", line.kind},
                 {"bytes", line.bytes},
                 {"sentence", line.sentence}});
  output_.say(fmt::format("{:11.6f}  {:>4} -> {:4} {:14} {}", at, line.from, line.to, line.kind,
                          line.sentence));
}

bool ConversationView::wanted(const sim::Line& line) const {
  const double at = seconds(line.time.time_since_epoch());
  if (at < filter_.from || at > filter_.to) return false;
  if (!filter_.kinds.empty() && !among(filter_.kinds, line.kind)) return false;
  return filter_.peers.empty() || among(filter_.peers, line.from) || among(filter_.peers, line.to);
}

void ConversationView::show(const std::vector<sim::Finding>& findings) const {
  for (const sim::Finding& finding : findings) {
    const std::string sentence = transcript_.glossary().renamed(finding.sentence);
    output_.event({{"event", "finding"}, {"judge", finding.judge}, {"sentence", sentence}});
    output_.say(fmt::format("{}: {}", finding.judge, sentence));
  }
  if (findings.empty()) output_.say("The judges have nothing against it.");
}

}  // namespace moshpit
