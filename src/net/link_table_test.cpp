#include "net/link_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

PeerId peer(int number) {
  PeerId id;
  id.bytes[0] = static_cast<std::byte>(number);
  return id;
}

const auto all_at_once = [](LinkId) { return std::optional(Time{}); };

// Two peers with some links between them, as both tables see it. On each side a link opens once;
// whoever retires a link says farewell on it, and the other side retires it too, never before it
// has opened there.
class Between {
 public:
  struct Wire {
    int dialler;
    std::uint64_t number;
  };
  // What may happen next: link `wire` opens at `side`, or the farewell on it arrives there.
  struct Step {
    int side;
    std::size_t wire;
    bool farewell;
  };

  explicit Between(std::vector<Wire> wires) : wires_(std::move(wires)) {
    for (Side& side : sides_) side.opened.resize(wires_.size());
    for (Side& side : sides_) side.farewell.resize(wires_.size());
  }

  std::vector<Step> possible() const {
    std::vector<Step> steps;
    for (int side = 0; side < 2; ++side) {
      for (std::size_t wire = 0; wire < wires_.size(); ++wire) {
        const bool opened = sides_[side].opened[wire];
        if (!opened) steps.push_back({side, wire, false});
        if (opened && sides_[side].farewell[wire]) steps.push_back({side, wire, true});
      }
    }
    return steps;
  }

  void take(const Step& step) {
    Side& side = sides_[step.side];
    if (step.farewell) {
      side.farewell[step.wire] = false;
      retire(step.side, step.wire);
      side.table.retire(step.wire);
      return;
    }
    side.opened[step.wire] = true;
    const Wire& wire = wires_[step.wire];
    const LinkFacts facts{peer(1 - step.side), peer(wire.dialler), wire.number, 7};
    const auto worse = side.table.open(step.wire, facts);
    if (worse) retire(step.side, *worse);
  }

  std::optional<LinkId> standing(int side) const { return sides_[side].table.find(peer(1 - side)); }

 private:
  struct Side {
    LinkTable table;
    std::vector<bool> opened;
    std::vector<bool> farewell;  // on its way to this side
    std::set<LinkId> retired;
  };

  void retire(int side, LinkId wire) {
    if (sides_[side].retired.insert(wire).second) sides_[1 - side].farewell[wire] = true;
  }

  std::vector<Wire> wires_;
  Side sides_[2];
};

// Follows every order of events to its end and returns how many ends there are.
std::size_t explore(const Between& world, LinkId expected) {
  const auto steps = world.possible();
  if (steps.empty()) {
    EXPECT_EQ(world.standing(0), expected);
    EXPECT_EQ(world.standing(1), expected);
    return 1;
  }
  std::size_t ends = 0;
  for (const auto& step : steps) {
    Between next = world;
    next.take(step);
    ends += explore(next, expected);
  }
  return ends;
}

TEST(LinkTable, BothSidesKeepTheLinkThatTheSmallerIdDialledInEveryOrder) {
  EXPECT_GT(explore(Between({{0, 1}, {1, 1}}), 0), 24u);
  EXPECT_GT(explore(Between({{1, 9}, {0, 1}}), 1), 24u);
}

TEST(LinkTable, BothSidesKeepTheNewestOfOneDiallerInEveryOrder) {
  EXPECT_GT(explore(Between({{1, 1}, {1, 2}}), 1), 24u);
  EXPECT_GT(explore(Between({{0, 1}, {0, 2}}), 1), 24u);
}

TEST(LinkTable, BothSidesAgreeOnOneOfThreeLinksInEveryOrder) {
  EXPECT_GT(explore(Between({{1, 5}, {0, 1}, {0, 2}}), 2), 720u);
}

TEST(LinkTable, ForgetsAPeerWithItsLastLink) {
  LinkTable table;
  table.open(1, {peer(1), peer(0), 1, 7});
  table.open(2, {peer(1), peer(0), 2, 7});
  EXPECT_EQ(table.peers(), std::vector<PeerId>{peer(1)});
  EXPECT_FALSE(table.close(1));
  EXPECT_EQ(table.find(peer(1)), LinkId{2});
  EXPECT_TRUE(table.close(2));
  EXPECT_EQ(table.find(peer(1)), std::nullopt);
  EXPECT_TRUE(table.peers().empty());
}

TEST(LinkTable, ARetiredLinkStandsNoMoreButIsStillThere) {
  LinkTable table;
  table.open(1, {peer(1), peer(0), 1, 7});
  table.retire(1);
  EXPECT_EQ(table.find(peer(1)), std::nullopt);
  EXPECT_TRUE(table.peers().empty());
  EXPECT_TRUE(table.close(1));
}

TEST(LinkTable, KnowsLinksOfAFormerLife) {
  LinkTable table;
  table.open(1, {peer(1), peer(0), 1, 7});
  EXPECT_TRUE(table.outlived(peer(1), 7).empty());
  EXPECT_EQ(table.outlived(peer(1), 8), std::vector<LinkId>{1});
  EXPECT_TRUE(table.outlived(peer(2), 8).empty());
}

// One link more than allowed.
LinkTable crowded() {
  LinkTable table;
  for (int i = 0; i <= static_cast<int>(LinkTable::limit); ++i) {
    table.open(static_cast<LinkId>(i), {peer(i), peer(200), 1, 7});
  }
  return table;
}

// Link n was used at second n, and link 0 last of all.
std::optional<Time> in_turn(LinkId link) {
  return Time{} + (link == 0 ? Duration(1h) : static_cast<std::int64_t>(link) * 1s);
}

TEST(LinkTable, TheLeastRecentlyUsedIsSurplus) {
  LinkTable table = crowded();
  EXPECT_EQ(table.surplus(Time{} + 2h, in_turn), std::vector<LinkId>{1});
  table.retire(1);
  EXPECT_EQ(table.surplus(Time{} + 2h, in_turn), std::vector<LinkId>());
}

TEST(LinkTable, WhoeverWasJustUsedIsNotSurplusUnlessThereAreFarTooMany) {
  LinkTable table;
  int links = 0;
  const auto open_until = [&](std::size_t count) {
    for (; links < static_cast<int>(count); ++links) {
      PeerId other = peer(links % 256);
      other.bytes[1] = static_cast<std::byte>(1 + links / 256);
      table.open(static_cast<LinkId>(links), {other, peer(0), 1, 7});
    }
  };
  open_until(LinkTable::hard_limit);
  EXPECT_EQ(table.surplus(Time{} + LinkTable::idle_after - 1s, all_at_once), std::vector<LinkId>());
  const auto idle = table.surplus(Time{} + LinkTable::idle_after, all_at_once);
  ASSERT_EQ(idle.size(), LinkTable::hard_limit - LinkTable::limit);
  EXPECT_EQ(idle.front(), LinkId{0});
  open_until(LinkTable::hard_limit + 1);
  EXPECT_EQ(table.surplus(Time{}, all_at_once), std::vector<LinkId>{0});
}

TEST(LinkTable, ABusyLinkIsNeverSurplus) {
  const LinkTable table = crowded();
  const auto some_busy = [](LinkId link) { return link < 5 ? std::nullopt : in_turn(link); };
  const auto all_busy = [](LinkId) { return std::optional<Time>(); };
  EXPECT_EQ(table.surplus(Time{} + 2h, some_busy), std::vector<LinkId>{5});
  EXPECT_EQ(table.surplus(Time{} + 2h, all_busy), std::vector<LinkId>());
}

}  // namespace
}  // namespace moshpit
