// A checkpoint whose every single write, sync, rename and removal fails or is the last thing that
// its process does, on a disk that forgets whatever nobody waited for.
#include "moshpit/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "train/checkpoint_folder.hpp"

namespace moshpit {
namespace {

Checkpoint checkpoint_at(std::uint64_t step) {
  Checkpoint checkpoint;
  checkpoint.plan.model = "small";
  checkpoint.plan.elements = 10;
  checkpoint.plan.seed = 3;
  checkpoint.run.bytes[0] = std::byte{7};
  checkpoint.step = step;
  checkpoint.local_steps = 16 * step;
  checkpoint.samples = 0.5 + static_cast<double>(step);
  for (const char* name : {"parameters", "optimizer", "empty"}) {
    Checkpoint::Section section{name, {}};
    if (section.name != "empty") section.values.assign(100, static_cast<float>(step));
    checkpoint.sections.push_back(std::move(section));
  }
  checkpoint.notes = {{"mode", "collective"}, {"text", std::string("a\0b", 3)}};
  return checkpoint;
}

// A disk in memory. What was written is sure only once it was synced, and so are names.
class Disk final : public FileSystem {
 public:
  // What the power cut leaves of what nobody waited for.
  struct Left {
    bool names;
    bool contents;
  };

  // From the `number`-th operation on, counted from 0, each one fails.
  void stop_at(std::size_t number) { stop_at_ = number; }
  // That one fails alone, as on a disk that is full for a moment.
  void fail_once_at(std::size_t number) { fail_at_ = number; }
  std::size_t operations() const { return operations_; }

  void cut_power(const Left& left) {
    if (!left.contents) contents_ = durable_contents_;
    if (!left.names) names_ = durable_names_;
    contents_.resize(std::max(contents_.size(), durable_contents_.size()));
    durable_contents_ = contents_;
    durable_names_ = names_;
    stop_at_.reset();
    fail_at_.reset();
  }

  std::size_t files() const { return names_.size(); }
  Bytes& content(const std::string& name) { return contents_.at(names_.at(name)); }
  void put(const std::string& name, Bytes bytes) {
    names_[name] = contents_.size();
    contents_.push_back(std::move(bytes));
  }

  Result<void> make_folder(const std::string&) override { return go_on(); }
  Result<std::vector<std::string>> names_in(const std::string& folder) override {
    if (auto done = go_on(); !done) return done.error();
    std::vector<std::string> names;
    for (const auto& [path, number] : names_) names.push_back(path.substr(folder.size() + 1));
    return names;
  }
  Result<std::unique_ptr<Writer>> create(const std::string& file) override {
    if (auto done = go_on(); !done) return done.error();
    put(file, {});
    return std::unique_ptr<Writer>(std::make_unique<Pen>(*this, names_.at(file)));
  }
  Result<std::unique_ptr<Reader>> open(const std::string& file) override {
    if (auto done = go_on(); !done) return done.error();
    return std::unique_ptr<Reader>(std::make_unique<Eye>(content(file)));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (auto done = go_on(); !done) return done.error();
    names_[to] = names_.at(from);
    names_.erase(from);
    return {};
  }
  Result<void> remove(const std::string& file) override {
    if (auto done = go_on(); !done) return done.error();
    return names_.erase(file) > 0 ? Result<void>() : problem();
  }
  Result<void> sync_folder(const std::string&) override {
    if (auto done = go_on(); !done) return done.error();
    durable_names_ = names_;
    return {};
  }

 private:
  class Pen final : public Writer {
   public:
    Pen(Disk& disk, std::size_t number) : disk_(disk), number_(number) {}
    Result<void> write(ByteView bytes) override {
      const auto done = disk_.go_on();
      // Half of it is written all the same.
      append(disk_.contents_[number_], done ? bytes : bytes.first(bytes.size() / 2));
      return done;
    }
    Result<void> sync() override {
      if (auto done = disk_.go_on(); !done) return done.error();
      disk_.durable_contents_.resize(disk_.contents_.size());
      disk_.durable_contents_[number_] = disk_.contents_[number_];
      return {};
    }

   private:
    Disk& disk_;
    std::size_t number_;
  };
  class Eye final : public Reader {
   public:
    explicit Eye(const Bytes& bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    Result<void> read(std::span<std::byte> out) override {
      if (out.size() > bytes_.size() - at_) return problem();
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), out.size(), out.begin());
      at_ += out.size();
      return {};
    }

   private:
    const Bytes& bytes_;
    std::size_t at_ = 0;
  };

  static Error problem() { return Error(ErrorCode::io, "The disk says no."); }
  Result<void> go_on() {
    const std::size_t number = operations_++;
    if (stop_at_ && number >= *stop_at_) return problem();
    if (fail_at_ == number) return problem();
    return {};
  }

  std::vector<Bytes> contents_;  // by the number of the file
  std::vector<Bytes> durable_contents_;
  std::map<std::string, std::size_t> names_;
  std::map<std::string, std::size_t> durable_names_;
  std::size_t operations_ = 0;
  std::optional<std::size_t> stop_at_;
  std::optional<std::size_t> fail_at_;
};

constexpr std::size_t kept = 2;

// Two checkpoints are there, and the third is to be saved.
class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() { begin(); }
  void begin() {
    disk = Disk();
    EXPECT_TRUE(folder().save(checkpoint_at(1), kept));
    EXPECT_TRUE(folder().save(checkpoint_at(2), kept));
    before = disk.operations();
  }
  CheckpointFolder folder() { return CheckpointFolder(disk, "folder"); }
  std::size_t operations_of_a_save() {
    EXPECT_TRUE(folder().save(checkpoint_at(3), kept));
    const std::size_t count = disk.operations() - before;
    begin();
    return count;
  }
  // Whole, and nothing newer than it spoilt.
  std::uint64_t step_loaded() {
    auto loaded = folder().load_newest();
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message());
    if (!loaded) return 0;
    EXPECT_TRUE(loaded->skipped.empty()) << loaded->skipped.front();
    EXPECT_EQ(loaded->checkpoint, checkpoint_at(loaded->checkpoint.step));
    return loaded->checkpoint.step;
  }

  Disk disk;
  std::size_t before = 0;
};

TEST_F(CheckpointTest, ComesBackAsItWas) {
  const auto saved = folder().save(checkpoint_at(3), kept);
  ASSERT_TRUE(saved);
  const auto loaded = folder().load_newest();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->checkpoint, checkpoint_at(3));
  EXPECT_EQ(loaded->file, *saved);
  EXPECT_EQ(loaded->checkpoint.find("optimizer")->values.size(), 100u);
  EXPECT_EQ(loaded->checkpoint.find("nothing"), nullptr);
  EXPECT_EQ(disk.files(), kept);
}

TEST_F(CheckpointTest, APowerCutAtAnyOperationLeavesTheOldOrTheNewOne) {
  const std::size_t count = operations_of_a_save();
  ASSERT_GE(count, 11u);
  std::set<std::uint64_t> seen;
  for (std::size_t operation = 0; operation <= count; ++operation) {
    for (const Disk::Left left : {Disk::Left{false, false}, Disk::Left{true, true},
                                  Disk::Left{true, false}, Disk::Left{false, true}}) {
      SCOPED_TRACE("operation " + std::to_string(operation) + (left.names ? " names" : "") +
                   (left.contents ? " contents" : ""));
      begin();
      disk.stop_at(before + operation);
      const bool saved = folder().save(checkpoint_at(3), kept).ok();
      disk.cut_power(left);
      const std::uint64_t step = step_loaded();
      EXPECT_TRUE(step == 3 || (step == 2 && !saved)) << step;
      seen.insert(step);
      // And the next one finds its way, and clears up.
      EXPECT_TRUE(folder().save(checkpoint_at(4), kept));
      EXPECT_EQ(step_loaded(), 4u);
      EXPECT_EQ(disk.files(), kept);
    }
  }
  EXPECT_EQ(seen.size(), 2u);
}

TEST_F(CheckpointTest, AFailureAtAnyOperationIsToldAndSpoilsNothing) {
  const std::size_t count = operations_of_a_save();
  for (std::size_t operation = 0; operation < count; ++operation) {
    SCOPED_TRACE("operation " + std::to_string(operation));
    begin();
    disk.fail_once_at(before + operation);
    const auto saved = folder().save(checkpoint_at(3), kept);
    EXPECT_FALSE(saved);
    EXPECT_LE(disk.files(), kept + 1) << "something is left behind";
    EXPECT_GE(step_loaded(), 2u);
    EXPECT_TRUE(folder().save(checkpoint_at(4), kept));
    EXPECT_EQ(disk.files(), kept);
  }
}

TEST_F(CheckpointTest, ADiskThatStaysFullDoesNotFillWithRemains) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    disk.fail_once_at(disk.operations() + 4);
    EXPECT_FALSE(folder().save(checkpoint_at(3), kept));
    EXPECT_EQ(disk.files(), kept);
  }
  EXPECT_EQ(step_loaded(), 2u);
}

TEST_F(CheckpointTest, WhatTheDiskSpoiltIsPassedOverInASentence) {
  ASSERT_TRUE(folder().save(checkpoint_at(3), kept));
  const std::string name = folder().load_newest()->file;
  const Bytes whole = disk.content(name);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    disk.content(name) = whole;
    disk.content(name)[i] ^= std::byte{0x10};
    const auto loaded = folder().load_newest();
    ASSERT_TRUE(loaded) << i;
    ASSERT_EQ(loaded->checkpoint, checkpoint_at(2)) << "byte " << i;
    ASSERT_EQ(loaded->skipped.size(), 1u);
    ASSERT_NE(loaded->skipped.front().find(name), std::string::npos);
  }
  for (std::size_t length = 0; length < whole.size(); ++length) {
    disk.content(name) = Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    ASSERT_EQ(folder().load_newest()->checkpoint, checkpoint_at(2)) << "cut off at " << length;
  }
  disk.content(name) = whole;
  disk.content(name).push_back(std::byte{0});
  EXPECT_EQ(folder().load_newest()->checkpoint, checkpoint_at(2));
}

TEST_F(CheckpointTest, NewerOnesThatAreSpoiltDoNotPushTheNewOneOut) {
  for (std::uint64_t step = 3; step < 5; ++step) {
    ASSERT_TRUE(folder().save(checkpoint_at(step), kept));
  }
  disk.content("folder/step-00000000000000000004.checkpoint").resize(10);
  disk.content("folder/step-00000000000000000003.checkpoint").resize(10);
  ASSERT_TRUE(folder().save(checkpoint_at(1), kept));
  const auto loaded = folder().load_newest();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->checkpoint.step, 1u);
}

TEST_F(CheckpointTest, OtherFilesAreNobodysBusiness) {
  disk.put("folder/notes.txt", Bytes(3));
  disk.put("folder/step-5.checkpoint", Bytes(3));
  ASSERT_TRUE(folder().save(checkpoint_at(3), kept));
  EXPECT_EQ(step_loaded(), 3u);
  EXPECT_EQ(disk.files(), kept + 2);
}

TEST_F(CheckpointTest, AnEmptyFolderIsAnErrorWithASentence) {
  Disk empty;
  const auto loaded = CheckpointFolder(empty, "folder").load_newest();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code(), ErrorCode::io);
}

}  // namespace
}  // namespace moshpit
