#include "match/grid_key.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <span>
#include <string>

namespace moshpit {
namespace {

Grid grid_of(const std::string& text) { return Grid::parse(text).value(); }

// Peers on a grid, each with one number. Averaging in a group is exact; who meets whom is what is
// looked at.
class Swarm {
 public:
  struct Settings {
    std::string grid;
    std::size_t peers = 0;
    double absent = 0;  // chance to miss a round, the "exclude" failure model of paper.md
    std::uint32_t patience = GridKey::rounds_until_redraw;
  };

  Swarm(const Settings& settings, std::uint64_t seed)
      : settings_(settings), grid_(grid_of(settings.grid)), random_(seed) {
    std::vector<std::uint64_t> places(grid_.places());
    std::iota(places.begin(), places.end(), 0);
    random_.shuffle(std::span(places));
    for (std::size_t i = 0; i < settings.peers; ++i) {
      keys_.push_back(GridKey::at_place(grid_, places[i]));
      values_.push_back(random_.normal());
    }
    mean_ = std::accumulate(values_.begin(), values_.end(), 0.0) / static_cast<double>(peers());
  }

  double error() const {
    double sum = 0;
    for (const double value : values_) sum += (value - mean_) * (value - mean_);
    return sum / static_cast<double>(peers());
  }

  void round() {
    std::map<std::vector<std::uint32_t>, std::vector<std::size_t>> cells;
    for (std::size_t i = 0; i < peers(); ++i) {
      if (!random_.chance(settings_.absent)) cells[keys_[i].digits()].push_back(i);
    }
    for (auto& [digits, cell] : cells) {
      random_.shuffle(std::span(cell));
      for (std::size_t begin = 0; begin < cell.size(); begin += grid_.side()) {
        const std::size_t size = std::min<std::size_t>(grid_.side(), cell.size() - begin);
        average(std::span(cell).subspan(begin, size));
      }
    }
  }

  // Rounds until the error is at most 1e-9; `limit` if it never is.
  int rounds_needed(int limit) {
    int rounds = 0;
    for (; rounds < limit && error() > 1e-9; ++rounds) round();
    return rounds;
  }

 private:
  std::size_t peers() const { return settings_.peers; }

  void average(std::span<const std::size_t> group) {
    if (group.size() == 1) {
      keys_[group[0]] = keys_[group[0]].stayed_alone(random_, settings_.patience);
      return;
    }
    double sum = 0;
    for (const std::size_t member : group) sum += values_[member];
    std::vector<std::uint32_t> digits(grid_.side());
    std::iota(digits.begin(), digits.end(), 0);
    random_.shuffle(std::span(digits));
    for (std::size_t i = 0; i < group.size(); ++i) {
      values_[group[i]] = sum / static_cast<double>(group.size());
      keys_[group[i]] = keys_[group[i]].advanced(digits[i]);
    }
  }

  Settings settings_;
  Grid grid_;
  Random random_;
  std::vector<GridKey> keys_;
  std::vector<double> values_;
  double mean_ = 0;
};

struct Outcome {
  double mean_rounds = 0;
  int stuck = 0;
};

Outcome run_many(const Swarm::Settings& settings, int runs, int limit = 50) {
  Outcome outcome;
  for (int seed = 0; seed < runs; ++seed) {
    const int rounds = Swarm(settings, static_cast<std::uint64_t>(seed)).rounds_needed(limit);
    outcome.mean_rounds += static_cast<double>(rounds) / runs;
    if (rounds == limit) ++outcome.stuck;
  }
  return outcome;
}

TEST(GridKey, FirstDigitsAreTheCoordinatesOfThePlace) {
  const Grid grid = grid_of("3x3x3");
  const GridKey key = GridKey::at_place(grid, 2 + 1 * 3 + 2 * 9);
  EXPECT_EQ(key.digits(), (std::vector<std::uint32_t>{2, 1}));
  EXPECT_EQ(key.text(), "(2,1,*)");
  EXPECT_EQ(GridKey::at_place(grid_of("8"), 5).text(), "(*)");
}

TEST(GridKey, OldestDigitGoesAndNewOneComes) {
  const GridKey key = GridKey::at_place(grid_of("4x4x4"), 1 + 2 * 4);
  EXPECT_EQ(key.advanced(3).text(), "(2,3,*)");
  EXPECT_EQ(key.advanced(3).advanced(0).text(), "(3,0,*)");
  EXPECT_EQ(GridKey::at_place(grid_of("8"), 5).advanced(7).text(), "(*)");
}

TEST(GridKey, OnlyTheNewestDigitIsRedrawnAndNotAtOnce) {
  Random random(1);
  const GridKey key = GridKey::at_place(grid_of("256x256x256"), 7 + 9 * 256);
  GridKey lonely = key;
  for (std::uint32_t i = 1; i < GridKey::rounds_until_redraw; ++i) {
    lonely = lonely.stayed_alone(random);
    EXPECT_EQ(lonely.digits(), key.digits());
  }
  lonely = lonely.stayed_alone(random);
  EXPECT_EQ(lonely.digits()[0], 7u);
  EXPECT_NE(lonely.digits()[1], 9u);
  GridKey sociable = key;
  for (int i = 0; i < 10; ++i) sociable = sociable.stayed_alone(random).advanced(7).advanced(9);
  EXPECT_EQ(sociable.digits(), key.digits());
}

TEST(GridKey, NameInTheDirectoryDependsOnRunDigitsAndTime) {
  const GridKey key = GridKey::at_place(grid_of("3x3"), 1);
  const RunId run{};
  RunId other_run{};
  other_run.bytes[0] = std::byte{1};
  const DirectoryKey name = key.directory_key(run, {5, 1});
  EXPECT_EQ(name, GridKey::at_place(grid_of("3x3"), 4).directory_key(run, {5, 1}));
  EXPECT_NE(name, key.directory_key(other_run, {5, 1}));
  EXPECT_NE(name, key.directory_key(run, {5, 0}));
  EXPECT_NE(name, key.directory_key(run, {6, 1}));
  EXPECT_NE(name, key.advanced(2).directory_key(run, {5, 1}));
}

TEST(GridKey, FullGridIsExactAfterExactlyDRounds) {
  for (const char* text : {"3x3", "4x4", "2x2x2", "8x8", "32x32", "2x2x2x2x2x2x2x2x2x2"}) {
    const Grid grid = grid_of(text);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      Swarm swarm({text, grid.places()}, seed);
      for (std::uint32_t round = 0; round < grid.dimensions(); ++round) {
        EXPECT_GT(swarm.error(), 1e-6) << text << " was exact too early, in round " << round;
        swarm.round();
      }
      EXPECT_LT(swarm.error(), 1e-24) << text;
    }
  }
}

TEST(GridKey, PartialGridIsNeverStuck) {
  const Outcome wide = run_many({"32x32", 768}, 20);
  const Outcome deep = run_many({"10x10x10", 512, .01}, 20);
  std::printf("rounds to 1e-9: 32x32 with 768 peers %.2f; 10x10x10 with 512, p=.01 %.2f\n",
              wide.mean_rounds, deep.mean_rounds);
  EXPECT_EQ(wide.stuck, 0);
  EXPECT_EQ(deep.stuck, 0);
  EXPECT_NEAR(wide.mean_rounds, 5.2, .3);  // paper.md, section 1
}

Outcome with_patience(Swarm::Settings settings, std::uint32_t patience) {
  settings.patience = patience;
  const Outcome outcome = run_many(settings, 300, 500);
  std::printf("  %9s %3zu peers, p=%.2f, redraw after %4u lonely rounds: %6.2f rounds, %d stuck\n",
              settings.grid.c_str(), settings.peers, settings.absent, patience, outcome.mean_rounds,
              outcome.stuck);
  return outcome;
}

constexpr std::uint32_t never = 1000;

// On a full grid a neighbour that missed one round is back in the next: who moves at once breaks
// the grid.
TEST(RedrawPatience, KeepsTinyFullGridsWhole) {
  for (const Swarm::Settings& full : {Swarm::Settings{"2x2x2", 8, .05}, {"2x2x2x2x2", 32, .05}}) {
    const double chosen = with_patience(full, GridKey::rounds_until_redraw).mean_rounds;
    EXPECT_LT(chosen, 1.07 * with_patience(full, never).mean_rounds);
    EXPECT_LT(1.1 * chosen, with_patience(full, 1).mean_rounds);
  }
}

// Two peers in different rows of a large grid never meet if they never move.
TEST(RedrawPatience, LetsFewPeersOnALargeGridMeet) {
  const Swarm::Settings empty{"10x10", 2};
  EXPECT_GT(with_patience(empty, never).stuck, 200);
  EXPECT_EQ(with_patience(empty, GridKey::rounds_until_redraw).stuck, 0);
  const Swarm::Settings sparse{"10x10x10", 100};
  const double chosen = with_patience(sparse, GridKey::rounds_until_redraw).mean_rounds;
  EXPECT_LT(chosen, with_patience(sparse, never).mean_rounds);
}

}  // namespace
}  // namespace moshpit
