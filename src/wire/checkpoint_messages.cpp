#include "wire/checkpoint_messages.hpp"

#include <utility>

#include "checkpoint.pb.h"
#include "wire/common.hpp"
#include "wire/train_messages.hpp"

namespace moshpit {
namespace {

bool within_limits(const wire::CheckpointHeader& message) {
  const auto limit = static_cast<int>(checkpoint_parts_limit);
  if (message.sections_size() > limit || message.notes_size() > limit) return false;
  for (const auto& section : message.sections()) {
    if (section.name().size() > checkpoint_text_limit) return false;
  }
  for (const auto& note : message.notes()) {
    if (note.name().size() > checkpoint_text_limit) return false;
    if (note.value().size() > checkpoint_text_limit) return false;
  }
  return true;
}

}  // namespace

Bytes encode(const CheckpointHeader& header) {
  const Checkpoint& checkpoint = header.checkpoint;
  wire::CheckpointHeader message;
  message.set_plan(std::string(as_text(encode(PlanAnswer{checkpoint.plan, checkpoint.step, {}}))));
  message.set_run(to_wire(checkpoint.run));
  message.set_step(checkpoint.step);
  message.set_local_steps(checkpoint.local_steps);
  message.set_samples(checkpoint.samples);
  for (std::size_t i = 0; i < header.sections.size(); ++i) {
    wire::CheckpointSection& section = *message.add_sections();
    section.set_name(checkpoint.sections[i].name);
    section.set_elements(header.sections[i].elements);
    section.set_digest(to_wire(header.sections[i].digest));
  }
  for (const auto& [name, value] : checkpoint.notes) {
    wire::CheckpointNote& note = *message.add_notes();
    note.set_name(name);
    note.set_value(value);
  }
  return serialise(message);
}

std::optional<CheckpointHeader> decode_checkpoint_header(ByteView bytes) {
  wire::CheckpointHeader message;
  if (!parse(message, bytes) || !within_limits(message)) return std::nullopt;
  const auto plan = decode_plan_answer(as_bytes(message.plan()));
  const auto run = id_from_wire<RunId>(message.run());
  if (!plan || !run) return std::nullopt;
  CheckpointHeader header;
  header.checkpoint.plan = plan->plan;
  header.checkpoint.run = *run;
  header.checkpoint.step = message.step();
  header.checkpoint.local_steps = message.local_steps();
  header.checkpoint.samples = message.samples();
  for (const wire::CheckpointSection& section : message.sections()) {
    const auto digest = digest_from_wire(section.digest());
    if (!digest) return std::nullopt;
    header.checkpoint.sections.push_back({section.name(), {}});
    header.sections.push_back({section.elements(), *digest});
  }
  for (const wire::CheckpointNote& note : message.notes()) {
    header.checkpoint.notes.emplace_back(note.name(), note.value());
  }
  return header;
}

}  // namespace moshpit
