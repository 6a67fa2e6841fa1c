// ConversationView: prints the frames of a simulated run as sentences while they are delivered, or
// those of them that somebody wants to see, and at the end what the judges found.
#pragma once

#include <CLI/App.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "app/output.hpp"
#include "sim/swarm/scenario.hpp"
#include "sim/swarm/transcript.hpp"

namespace moshpit {

struct ConversationFilter {
  std::vector<std::string> peers;  // at either end; empty: all
  std::vector<std::string> kinds;  // empty: all
  double from = 0;                 // seconds of virtual time
  double to = 1e9;
};

// Declares an option for each of them.
void declare_filter(CLI::App& command, ConversationFilter& filter);

class ConversationView {
 public:
  ConversationView(const Grid& grid, const ConversationFilter& filter, const Output& output)
      : transcript_(grid), filter_(filter), output_(output) {}

  // The view outlives them.
  sim::Onlookers onlookers();
  void show(const std::vector<sim::Finding>& findings) const;
  std::size_t shown() const { return shown_; }

 private:
  void look(Time time, const PeerId& from, const PeerId& to, ByteView frame);
  bool wanted(const sim::Line& line) const;

  sim::Transcript transcript_;
  const ConversationFilter& filter_;
  const Output& output_;
  std::size_t shown_ = 0;
};

}  // namespace moshpit
