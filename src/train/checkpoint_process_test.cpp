// Checkpoints of real processes on the real disk: killed at any moment, and out of room at any
// byte.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <poll.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "base/random.hpp"
#include "moshpit/checkpoint.hpp"

namespace moshpit {
namespace {

constexpr std::size_t kept = 2;
// Some pages, so that a save takes a while and many writes.
constexpr std::size_t elements = 300'000;

Checkpoint checkpoint_at(std::uint64_t step) {
  Checkpoint checkpoint;
  checkpoint.plan.model = "small";
  checkpoint.plan.elements = elements;
  checkpoint.step = step;
  checkpoint.sections.push_back({"parameters", std::vector<float>(elements, float(step))});
  return checkpoint;
}

class CheckpointProcess : public testing::Test {
 protected:
  CheckpointProcess() {
    std::string name = testing::TempDir() + "checkpoints-XXXXXX";
    folder_ = mkdtemp(name.data()) ? name : "";
  }
  ~CheckpointProcess() override { std::filesystem::remove_all(folder_); }

  // Runs the function in a process of its own and returns its id.
  template <class Function>
  static pid_t start(Function function) {
    const pid_t child = fork();
    if (child == 0) {
      function();
      _exit(0);
    }
    return child;
  }

  std::size_t files() const {
    const std::filesystem::directory_iterator begin(folder_), end;
    return static_cast<std::size_t>(std::distance(begin, end));
  }

  std::string folder_;
};

TEST_F(CheckpointProcess, KilledAtAnyMomentItLeavesAWholeOne) {
  Random random(1);
  ASSERT_TRUE(save_checkpoint(folder_, checkpoint_at(1), kept));
  std::uint64_t step = 1;
  for (int trial = 0; trial < 60; ++trial) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = start([&] {
      close(ends[0]);
      for (std::uint64_t next = step + 1;; ++next) {
        if (!save_checkpoint(folder_, checkpoint_at(next), kept)) _exit(1);
        if (write(ends[1], &next, sizeof next) != sizeof next) _exit(1);
      }
    });
    close(ends[1]);
    std::uint64_t saved = 0;  // as it told, before it was killed
    const auto saves = random.below(3);
    for (std::uint64_t i = 0; i < saves; ++i) {
      ASSERT_EQ(read(ends[0], &saved, sizeof saved), ssize_t(sizeof saved));
    }
    pollfd nothing{-1, 0, 0};
    poll(&nothing, 1, static_cast<int>(random.below(8)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    const auto loaded = load_newest_checkpoint(folder_);
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_TRUE(loaded->skipped.empty()) << loaded->skipped.front();
    EXPECT_GE(loaded->checkpoint.step, std::max(step, saved));
    EXPECT_EQ(loaded->checkpoint, checkpoint_at(loaded->checkpoint.step));
    step = loaded->checkpoint.step;
  }
  // Who was killed between two steps of a save left things behind; one that ends clears them up.
  EXPECT_TRUE(save_checkpoint(folder_, checkpoint_at(step + 1), kept));
  EXPECT_EQ(files(), kept);
}

TEST_F(CheckpointProcess, WithoutRoomForAllOfItTheOldOneStays) {
  ASSERT_TRUE(save_checkpoint(folder_, checkpoint_at(1), kept));
  const auto whole = std::filesystem::file_size(load_newest_checkpoint(folder_)->file);
  for (std::size_t i = 0; i <= 40; ++i) {
    const rlim_t room = i == 40 ? whole : i * whole / 40;
    const pid_t child = start([&] {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{room, room};
      setrlimit(RLIMIT_FSIZE, &limit);
      _exit(save_checkpoint(folder_, checkpoint_at(2), kept) ? 0 : 1);
    });
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const bool saved = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    EXPECT_EQ(saved, room >= whole);
    const auto loaded = load_newest_checkpoint(folder_);
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded->skipped.empty());
    EXPECT_EQ(loaded->checkpoint, checkpoint_at(saved ? 2 : 1));
    EXPECT_EQ(files(), saved ? 2u : 1u) << "something is left behind";
  }
}

TEST_F(CheckpointProcess, WithoutAFolderThatCanBeMadeThereIsASentence) {
  const auto saved = save_checkpoint("/dev/null/checkpoints", checkpoint_at(1), kept);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code(), ErrorCode::io);
  EXPECT_NE(saved.error().message().find("/dev/null/checkpoints"), std::string::npos);
  EXPECT_FALSE(load_newest_checkpoint("/dev/null/checkpoints"));
}

}  // namespace
}  // namespace moshpit
