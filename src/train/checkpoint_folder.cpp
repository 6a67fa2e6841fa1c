#include "train/checkpoint_folder.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "wire/checkpoint_messages.hpp"

namespace moshpit {
namespace {

// The file: this mark, u64 length of the header, the header, its SHA-256, the values of the
// sections. All numbers are little-endian.
constexpr std::string_view mark = "moshpit checkpoint 1\n";
// A thousand sections and notes of the longest text are less.
constexpr std::uint64_t header_limit = 256u << 20;

// "step-000000000042.checkpoint": in the order of their names checkpoints are in that of their
// steps.
constexpr std::string_view prefix = "step-";
constexpr std::string_view suffix = ".checkpoint";
constexpr std::string_view unfinished = ".unfinished";
constexpr std::size_t digits = 20;  // the longest step

static_assert(std::endian::native == std::endian::little, "fp32 goes into the file as it lies");

std::string name_for(std::uint64_t step) {
  const std::string number = std::to_string(step);
  return std::string(prefix) + std::string(digits - number.size(), '0') + number +
         std::string(suffix);
}

bool is_name(std::string_view name) {
  if (name.size() != prefix.size() + digits + suffix.size()) return false;
  const std::string_view number = name.substr(prefix.size(), digits);
  return name.starts_with(prefix) && name.ends_with(suffix) &&
         std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_unfinished(std::string_view name) {
  return name.ends_with(unfinished) && is_name(name.substr(0, name.size() - unfinished.size()));
}

Error damaged(const std::string& file, const std::string& how) {
  return Error(ErrorCode::bad_data, file + " is no whole checkpoint: " + how + ".");
}

CheckpointHeader header_of(const Checkpoint& checkpoint) {
  MOSHPIT_ASSERT(checkpoint.sections.size() <= checkpoint_parts_limit);
  MOSHPIT_ASSERT(checkpoint.notes.size() <= checkpoint_parts_limit);
  for (const auto& [name, value] : checkpoint.notes) {
    MOSHPIT_ASSERT(name.size() <= checkpoint_text_limit && value.size() <= checkpoint_text_limit);
  }
  CheckpointHeader header;
  header.checkpoint.plan = checkpoint.plan;
  header.checkpoint.run = checkpoint.run;
  header.checkpoint.step = checkpoint.step;
  header.checkpoint.local_steps = checkpoint.local_steps;
  header.checkpoint.samples = checkpoint.samples;
  header.checkpoint.notes = checkpoint.notes;
  for (const Checkpoint::Section& section : checkpoint.sections) {
    header.checkpoint.sections.push_back({section.name, {}});
    header.sections.push_back(
        {section.values.size(), sha256(std::as_bytes(std::span(section.values)))});
  }
  return header;
}

Bytes beginning_of(const Checkpoint& checkpoint) {
  const Bytes header = encode(header_of(checkpoint));
  Bytes out = to_bytes(mark);
  append_little_endian<std::uint64_t>(out, header.size());
  append(out, header);
  append(out, sha256(header));
  return out;
}

struct Beginning {
  CheckpointHeader header;
  std::uint64_t bytes_behind = 0;
};

// What the file says of itself, checked; the reader stands at the first value then.
Result<Beginning> read_beginning(FileSystem::Reader& reader, const std::string& file) {
  Bytes start(mark.size() + 8);
  if (reader.size() < start.size()) return damaged(file, "it is too short");
  if (auto done = reader.read(start); !done) return done.error();
  if (as_text(start).substr(0, mark.size()) != mark) return damaged(file, "it begins otherwise");
  const auto size = read_little_endian<std::uint64_t>(ByteView(start).subspan(mark.size()));
  const std::uint64_t rest = reader.size() - start.size();
  if (size > header_limit || rest < size + sizeof(Digest)) {
    return damaged(file, "its header is cut off");
  }
  Bytes header(static_cast<std::size_t>(size) + sizeof(Digest));
  if (auto done = reader.read(header); !done) return done.error();
  const ByteView content = ByteView(header).first(static_cast<std::size_t>(size));
  const ByteView digest = ByteView(header).last(sizeof(Digest));
  if (!std::ranges::equal(sha256(content), digest)) {
    return damaged(file, "its header is not what was written");
  }
  auto decoded = decode_checkpoint_header(content);
  if (!decoded) return damaged(file, "another version of moshpit wrote its header");
  return Beginning{*std::move(decoded), rest - header.size()};
}

// Whether what is behind the header is as long as it says, so that nobody makes us take the memory
// that a length merely claims.
bool is_as_long_as_it_says(const Beginning& file) {
  std::uint64_t elements = 0;
  const std::uint64_t limit = file.bytes_behind / sizeof(float);
  for (const auto& section : file.header.sections) {
    if (section.elements > limit - elements) return false;
    elements += section.elements;
  }
  return elements * sizeof(float) == file.bytes_behind;
}

}  // namespace

const Checkpoint::Section* Checkpoint::find(const std::string& name) const {
  const auto section = std::ranges::find(sections, name, &Section::name);
  return section == sections.end() ? nullptr : &*section;
}

Result<Checkpoint> read_checkpoint(FileSystem& files, const std::string& file) {
  auto reader = files.open(file);
  if (!reader) return reader.error();
  auto beginning = read_beginning(**reader, file);
  if (!beginning) return beginning.error();
  if (!is_as_long_as_it_says(*beginning)) {
    return damaged(file, "it is not as long as it should be");
  }
  const auto& wanted = beginning->header.sections;
  Checkpoint checkpoint = std::move(beginning->header.checkpoint);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    Checkpoint::Section& section = checkpoint.sections[i];
    section.values.resize(static_cast<std::size_t>(wanted[i].elements));
    const auto bytes = std::as_writable_bytes(std::span(section.values));
    if (auto done = (*reader)->read(bytes); !done) return done.error();
    if (sha256(bytes) != wanted[i].digest) {
      return damaged(file, "'" + section.name + "' is not what was written");
    }
  }
  return checkpoint;
}

Result<std::string> CheckpointFolder::save(const Checkpoint& checkpoint, std::size_t keep) {
  MOSHPIT_ASSERT(keep >= 1);
  if (auto done = files_.make_folder(folder_); !done) return done.error();
  if (auto done = remove_unfinished(); !done) return done.error();
  const std::string name = name_for(checkpoint.step);
  const std::string temporary = path(name + std::string(unfinished));
  auto written = write(temporary, checkpoint);
  if (written) written = files_.rename(temporary, path(name));
  if (!written) {
    // Room for others, now; if that fails too, the next save does it.
    [[maybe_unused]] const auto removed = files_.remove(temporary);
    return written.error();
  }
  if (auto done = files_.sync_folder(folder_); !done) return done.error();
  if (auto done = remove_old(name, keep); !done) return done.error();
  return path(name);
}

Result<void> CheckpointFolder::remove_unfinished() {
  const auto names = files_.names_in(folder_);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (!is_unfinished(name)) continue;
    if (auto done = files_.remove(path(name)); !done) return done.error();
  }
  return {};
}

Result<void> CheckpointFolder::write(const std::string& file, const Checkpoint& checkpoint) {
  auto writer = files_.create(file);
  if (!writer) return writer.error();
  if (auto done = (*writer)->write(beginning_of(checkpoint)); !done) return done.error();
  for (const Checkpoint::Section& section : checkpoint.sections) {
    const ByteView bytes = std::as_bytes(std::span(section.values));
    if (auto done = (*writer)->write(bytes); !done) return done.error();
  }
  return (*writer)->sync();
}

// Never the one that was just written: it may be older than others that are spoilt.
Result<void> CheckpointFolder::remove_old(const std::string& newest, std::size_t keep) {
  auto names = files_.names_in(folder_);
  if (!names) return names.error();
  std::erase_if(*names, [&](const std::string& name) { return !is_name(name) || name == newest; });
  for (std::size_t i = 0; i + keep <= names->size(); ++i) {
    if (auto done = files_.remove(path((*names)[i])); !done) return done.error();
  }
  return {};
}

Result<LoadedCheckpoint> CheckpointFolder::load_newest() {
  auto names = files_.names_in(folder_);
  if (!names) return names.error();
  std::erase_if(*names, [](const std::string& name) { return !is_name(name); });
  LoadedCheckpoint loaded;
  for (auto name = names->rbegin(); name != names->rend(); ++name) {
    auto checkpoint = read_checkpoint(files_, path(*name));
    if (checkpoint) {
      loaded.checkpoint = *std::move(checkpoint);
      loaded.file = path(*name);
      return loaded;
    }
    loaded.skipped.push_back(checkpoint.error().message());
  }
  std::string why = "There is no checkpoint that can be used in " + folder_ + ".";
  for (const std::string& sentence : loaded.skipped) why += " " + sentence;
  return Error(ErrorCode::io, why);
}

Result<std::string> save_checkpoint(const std::string& folder, const Checkpoint& checkpoint,
                                    std::size_t keep) {
  SystemFiles files;
  return CheckpointFolder(files, folder).save(checkpoint, keep);
}

Result<LoadedCheckpoint> load_newest_checkpoint(const std::string& folder) {
  SystemFiles files;
  return CheckpointFolder(files, folder).load_newest();
}

Result<Checkpoint> load_checkpoint(const std::string& file) {
  SystemFiles files;
  return read_checkpoint(files, file);
}

}  // namespace moshpit
