// Digits: peers that accept connections are spread over the keys of every next round.
#include "match/digits.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "base/hash.hpp"
#include "match/grid_key.hpp"

namespace moshpit {
namespace {

Contact contact(std::uint64_t index, bool accepts) {
  Contact contact{PeerId{Hasher().add(index).digest()}, {}};
  if (accepts) contact.addresses = {Address{"10.0.0.1", 1}};
  return contact;
}

struct Peer {
  Contact contact;
  GridKey key;
};

// One round: who shares a key is a group, and everybody takes its digit.
void advance(std::vector<Peer>& peers, std::uint32_t side, std::uint32_t round, Random& random) {
  std::map<std::vector<std::uint32_t>, std::vector<Peer*>> groups;
  for (Peer& peer : peers) groups[peer.key.digits()].push_back(&peer);
  for (auto& [digits, members] : groups) {
    Search search;
    search.group_size = side;
    search.time = RoundTime{1, round};
    search.oldest_digit = digits.front();
    std::vector<Contact> contacts;
    for (const Peer* member : members) contacts.push_back(member->contact);
    const auto drawn = draw_digits(search, contacts, random);
    for (std::size_t i = 0; i < members.size(); ++i) {
      members[i]->key = members[i]->key.advanced(drawn[i]);
    }
  }
}

std::size_t keys_with_a_host(const std::vector<Peer>& peers) {
  std::set<std::vector<std::uint32_t>> keys;
  for (const Peer& peer : peers) {
    if (!peer.contact.addresses.empty()) keys.insert(peer.key.digits());
  }
  return keys.size();
}

// On a full grid, the first `hosts` places held by peers that accept connections.
std::vector<Peer> full_grid(const Grid& grid, std::uint64_t hosts) {
  std::vector<Peer> peers;
  for (std::uint64_t place = 0; place < grid.places(); ++place) {
    peers.push_back({contact(place, place < hosts), GridKey::at_place(grid, place)});
  }
  return peers;
}

TEST(Digits, KeysWithSomebodyWhoAcceptsConnectionsNeverGetFewer) {
  for (const char* text : {"8x8", "4x4x4", "3x3"}) {
    const Grid grid = Grid::parse(text).value();
    const std::uint64_t keys = grid.places() / grid.side();
    for (std::uint64_t hosts : {keys - 1, keys, keys + 2}) {
      std::vector<Peer> peers = full_grid(grid, hosts);
      Random random(hosts);
      for (std::uint32_t round = 0; round < 50; ++round) {
        const std::size_t before = keys_with_a_host(peers);
        advance(peers, grid.side(), round, random);
        EXPECT_GE(keys_with_a_host(peers), before) << text << " with " << hosts << " hosts";
      }
    }
  }
}

TEST(Digits, AreDistinctUpToM) {
  Search search;
  search.group_size = 5;
  Random random(1);
  std::vector<Contact> members;
  for (std::uint64_t i = 0; i < 5; ++i) members.push_back(contact(i, i < 2));
  const auto digits = draw_digits(search, members, random);
  EXPECT_EQ(std::set<std::uint32_t>(digits.begin(), digits.end()).size(), 5u);
}

TEST(Digits, GuestsGetASecondRoundOfThem) {
  Search search;
  search.group_size = 4;
  Random random(1);
  std::vector<Contact> members;
  for (std::uint64_t i = 0; i < 8; ++i) members.push_back(contact(i, i == 0));
  const auto digits = draw_digits(search, members, random);
  for (std::uint32_t digit = 0; digit < 4; ++digit) {
    EXPECT_LE(std::ranges::count(digits, digit), 2) << digit;
  }
}

}  // namespace
}  // namespace moshpit
