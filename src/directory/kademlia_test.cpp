// The directory in the simulated world: what it promises, with peers that come, go, restart and
// misbehave.
#include "directory/kademlia.hpp"

#include <array>
#include <gtest/gtest.h>
#include <set>

#include "directory/set_digest.hpp"
#include "directory/test_peer.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(Kademlia, OneAloneFindsWhatItAnnounced) {
  TestSwarm swarm(1, 1);
  const DirectoryKey key = test_key("place");
  Call& announced = swarm.peers[0]->announce(key, "mine", 60s);
  ASSERT_TRUE(swarm.settle(announced));
  EXPECT_TRUE(announced.records.empty());
  Call& found = swarm.peers[0]->look_up(key);
  ASSERT_TRUE(swarm.settle(found));
  EXPECT_TRUE(found.has(swarm.hosts[0]->id(), "mine"));
}

TEST(Kademlia, NobodyThereToJoinIsSaid) {
  TestSwarm swarm(1, 2);
  const Contact gone = swarm.peers[0]->contact();
  swarm.hosts[0]->crash();
  swarm.pass(1s);
  TestPeer& late = swarm.add();
  (void)late;
  Call& call = late.join({gone});
  ASSERT_TRUE(swarm.settle(call));
  EXPECT_FALSE(call.ok);
}

TEST(Kademlia, ANewcomerWhoseQuestionWasLostAsksAgain) {
  sim::NetworkModel lossy{.latency_min = 10ms, .latency_max = 150ms, .loss = 0.05};
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    TestSwarm swarm(seed, 1, lossy);
    const Contact first = swarm.peers[0]->contact();
    swarm.add();
    Call& call = swarm.peers[1]->join({first});
    ASSERT_TRUE(swarm.settle(call));
    EXPECT_TRUE(call.ok) << "seed " << seed;
  }
}

// Handing on what a slow peer holds, and once more when it answers again, would fill its line.
TEST(Kademlia, APeerThatAnswersTooLateOverAStandingLinkIsNoReasonToMoveRecords) {
  TestSwarm swarm(4, 8);
  std::vector<Call*> calls;
  for (int i = 0; i < 40; ++i) {
    calls.push_back(&swarm.peers[i % 8]->announce(test_key(std::to_string(i)), "value", 60s));
  }
  ASSERT_TRUE(swarm.settle(calls));
  swarm.pass(8s);  // those who joined at the same moment have looked around
  const auto questions = [&] {
    std::uint64_t sum = 0;
    for (TestPeer* peer : swarm.peers) sum += peer->directory.counters().questions;
    return sum;
  };
  const std::uint64_t before = questions();
  swarm.world.cut(*swarm.hosts[2], *swarm.hosts[5]);
  Call& found = swarm.peers[2]->look_up(test_key("0"));
  ASSERT_TRUE(swarm.settle(found));
  EXPECT_FALSE(found.records.empty());
  swarm.pass(500ms);
  swarm.world.heal();
  swarm.pass(6s);
  EXPECT_LT(questions() - before, 40u);
}

TEST(Kademlia, ThirtyPeersFindWhatAnyAnnounced) {
  TestSwarm swarm(2, 30);
  std::vector<Call*> calls;
  for (int i = 0; i < 30; ++i) {
    const std::string name = std::to_string(i);
    calls.push_back(&swarm.peers[i]->announce(test_key(name), "value " + name, 60s));
  }
  ASSERT_TRUE(swarm.settle(calls));
  for (int i = 0; i < 30; ++i) {
    for (int by = 0; by < 30; ++by) {
      Call& found = swarm.peers[by]->look_up(test_key(std::to_string(i)));
      ASSERT_TRUE(swarm.settle(found));
      ASSERT_EQ(found.records.size(), 1u) << i << " by " << by;
      EXPECT_TRUE(found.has(swarm.hosts[i]->id(), "value " + std::to_string(i)));
    }
  }
}

// Of the far half of the run and of the far quarter, of whom nobody has asked it anything yet.
TEST(Kademlia, ANewcomerLooksForPeersInEveryFarPartOfTheRun) {
  TestSwarm swarm(7, 200);
  TestPeer& newcomer = swarm.add();
  ASSERT_TRUE(swarm.settle_joins());
  std::array<std::size_t, 2> known{};
  for (const Contact& contact : newcomer.directory.known_peers()) {
    const std::size_t bits = shared_bits(newcomer.network.id(), contact.id);
    if (bits < known.size()) ++known[bits];
  }
  EXPECT_GE(known[0], 4u);
  EXPECT_GE(known[1], 4u);
}

TEST(Kademlia, AnAnnouncementAnswersWithAllThatWereThereBefore) {
  TestSwarm swarm(3, 20);
  const DirectoryKey key = test_key("place");
  for (std::size_t i = 0; i < 20; ++i) {
    Call& call = swarm.peers[i]->announce(key, "here", 60s);
    ASSERT_TRUE(swarm.settle(call));
    EXPECT_EQ(call.records.size(), i);
    EXPECT_FALSE(call.has(swarm.hosts[i]->id(), "here"));
  }
}

TEST(Kademlia, AmongFewPeersAnAnnouncementTakesOneRoundTrip) {
  TestSwarm swarm(4, 8, {.latency_min = 10ms, .latency_max = 10ms});
  swarm.pass(3s);
  Call& call = swarm.peers[3]->announce(test_key("place"), "here", 60s);
  ASSERT_TRUE(swarm.settle(call));
  EXPECT_EQ(call.questions, 7u);
  EXPECT_EQ(call.links, 0u);
  EXPECT_GE(call.ended - call.began, 20ms);
  EXPECT_LT(call.ended - call.began, 21ms);
}

// Whoever announces at the same moment learns of each other: from the answers, or by a push.
TEST(Kademlia, SimultaneousAnnouncementsMissNobody) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::size_t size = 2 + seed;
    TestSwarm swarm(seed, size);
    const DirectoryKey key = test_key("place");
    std::vector<std::unique_ptr<Directory::Watch>> watches;
    std::vector<Call*> calls;
    for (TestPeer* peer : swarm.peers) {
      watches.push_back(peer->directory.watch(key));
      calls.push_back(&peer->announce(key, "here", 60s));
    }
    ASSERT_TRUE(swarm.settle(calls));
    swarm.pass(200ms);
    for (std::size_t i = 0; i < size; ++i) {
      std::set<PeerId> pushed;
      while (auto record = watches[i]->records().take()) {
        EXPECT_TRUE(pushed.insert(record->publisher.id).second) << "told twice";
      }
      EXPECT_EQ(pushed.size(), size - 1) << "seed " << seed << " peer " << i;
    }
    // Two that meet at a holder: the later one has the earlier one in its answer.
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_TRUE(calls[i]->has(swarm.hosts[j]->id(), "here") ||
                    calls[j]->has(swarm.hosts[i]->id(), "here"))
            << "seed " << seed;
      }
    }
  }
}

// One walk does both, so that whoever stands somewhere costs the others no more than an
// announcement.
TEST(Kademlia, ThoseWhoAttendAKeyAreToldOfEachOtherInOneRoundTrip) {
  for (std::size_t size : {2u, 8u, 12u, 40u}) {
    TestSwarm swarm(size, size);
    const DirectoryKey key = test_key("place");
    swarm.pass(5s);
    std::vector<std::unique_ptr<Directory::Watch>> watches;
    const std::uint64_t questions = swarm.peers[0]->directory.counters().questions;
    for (TestPeer* peer : swarm.peers) {
      watches.push_back(peer->directory.attend(key, to_bytes("here")));
    }
    swarm.pass(400ms);  // before anything is renewed
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_TRUE(watches[i]->informed().is_set());
      EXPECT_EQ(watches[i]->records().size(), size - 1) << "peer " << i << " of " << size;
    }
    const std::uint64_t asked = swarm.peers[0]->directory.counters().questions - questions;
    if (size == 8) {
      EXPECT_LE(asked, 7u);
    }
  }
}

TEST(Kademlia, WhoAttendsAKeyStandsThereUntilItLeaves) {
  TestSwarm swarm(9, 5);
  const DirectoryKey key = test_key("place");
  auto watch = swarm.peers[1]->directory.attend(key, to_bytes("here"));
  swarm.pass(90s);  // several lives of a record
  Call& present = swarm.peers[3]->look_up(key);
  ASSERT_TRUE(swarm.settle(present));
  EXPECT_TRUE(present.has(swarm.hosts[1]->id(), "here"));
  watch.reset();
  swarm.pass(51s);  // the life of a record that has been renewed before
  Call& gone = swarm.peers[3]->look_up(key);
  ASSERT_TRUE(swarm.settle(gone));
  EXPECT_TRUE(gone.records.empty());
}

TEST(Kademlia, AChangedRecordIsPushedAtOnceAndOnlyOnce) {
  TestSwarm swarm(5, 40);  // so many that the watcher need not be a holder
  const DirectoryKey key = test_key("place");
  auto watch = swarm.peers[7]->directory.watch(key);
  swarm.pass(1s);
  for (const std::string value : {"first", "second"}) {
    Call& call = swarm.peers[2]->announce(key, value, 60s);
    ASSERT_TRUE(swarm.settle(call));
    swarm.pass(50ms);
    const auto record = watch->records().take();
    ASSERT_TRUE(record);
    EXPECT_EQ(as_text(record->value), value);
    EXPECT_FALSE(watch->records().take());
  }
}

TEST(Kademlia, RecordsExpireEverywhereAtTheirTimeAlthoughTheyAreHandedOn) {
  TestSwarm swarm(6, 20);
  const DirectoryKey key = test_key("place");
  swarm.settle(swarm.peers[0]->announce(key, "short", 10s));
  swarm.settle(swarm.peers[1]->announce(key, "long", 5min));
  swarm.pass(8s);
  Call& before = swarm.peers[9]->look_up(key);
  ASSERT_TRUE(swarm.settle(before));
  EXPECT_EQ(before.records.size(), 2u);
  for (const Record& record : before.records) {
    EXPECT_LE(record.time_to_live, as_text(record.value) == "short" ? 2s : 292s);
  }
  swarm.pass(2s);
  Call& after = swarm.peers[9]->look_up(key);
  ASSERT_TRUE(swarm.settle(after));
  EXPECT_EQ(after.records.size(), 1u);
  swarm.pass(280s);
  Call& still = swarm.peers[9]->look_up(key);
  ASSERT_TRUE(swarm.settle(still));
  EXPECT_EQ(still.records.size(), 1u);
  swarm.pass(15s);
  Call& gone = swarm.peers[9]->look_up(key);
  ASSERT_TRUE(swarm.settle(gone));
  EXPECT_TRUE(gone.records.empty());
}

TEST(Kademlia, OutboundOnlyPeersAskAndAreToldAndHoldNothing) {
  TestSwarm swarm(7, 6);
  TestPeer& hidden = swarm.add({.outbound_only = true});
  ASSERT_TRUE(swarm.settle_joins());
  const DirectoryKey key = test_key("place");
  auto watch = hidden.directory.watch(key);
  Call& announced = hidden.announce(key, "hidden", 60s);
  ASSERT_TRUE(swarm.settle(announced));
  Call& seen = swarm.peers[3]->look_up(key);
  ASSERT_TRUE(swarm.settle(seen));
  EXPECT_TRUE(seen.has(hidden.network.id(), "hidden"));
  ASSERT_TRUE(swarm.settle(swarm.peers[4]->announce(key, "open", 60s)));
  swarm.pass(50ms);
  const auto told = watch->records().take();
  ASSERT_TRUE(told);
  EXPECT_EQ(as_text(told->value), "open");
  EXPECT_EQ(hidden.directory.records_held(), 0u);
  for (TestPeer* peer : swarm.peers) {
    for (const Contact& known : peer->directory.known_peers()) {
      EXPECT_NE(known.id, hidden.network.id());
    }
  }
}

// Whether or not it asks who else stands there.
void restart_and_replace(bool asks) {
  TestSwarm swarm(8, 48);
  const DirectoryKey key = test_key("place");
  for (int i = 0; i < 9; ++i) swarm.settle(swarm.peers[5]->announce(key, "old", 60s));
  swarm.hosts[5]->crash();
  swarm.pass(1s);
  swarm.hosts[5]->restart();
  swarm.peers[5] = &swarm.hosts[5]->start<TestPeer>(*swarm.hosts[5]);
  ASSERT_TRUE(swarm.settle(swarm.peers[5]->join({swarm.peers[2]->contact()})));
  TestPeer& restarted = *swarm.peers[5];
  Call& replaced = asks ? restarted.announce(key, "new", 60s) : restarted.publish(key, "new", 60s);
  ASSERT_TRUE(swarm.settle(replaced));
  Call& found = swarm.peers[0]->look_up(key);
  ASSERT_TRUE(swarm.settle(found));
  ASSERT_EQ(found.records.size(), 1u);
  EXPECT_EQ(as_text(found.records[0].value), "new");
  EXPECT_EQ(found.records[0].incarnation, 1u);
  EXPECT_GE(found.records[0].sequence, 10u);
}

TEST(Kademlia, ARestartedPeerReplacesItsOldRecord) {
  restart_and_replace(true);
  restart_and_replace(false);
}

// Where many stand under a key, their records are most of what an announcement costs.
TEST(Kademlia, WhoPublishesIsNotToldWhoElseStandsThere) {
  TestSwarm swarm(8, 24);
  const DirectoryKey key = test_key("place");
  for (auto* peer : swarm.peers) ASSERT_TRUE(swarm.settle(peer->announce(key, "here", 60s)));
  const auto sent_by_all = [&] {
    std::uint64_t bytes = 0;
    for (const auto* peer : swarm.peers) bytes += peer->network.counters().bytes_sent;
    return bytes;
  };
  const auto cost_of = [&](Call& call) {
    const std::uint64_t before = sent_by_all();
    EXPECT_TRUE(swarm.settle(call));
    return sent_by_all() - before;
  };
  const std::uint64_t announced = cost_of(swarm.peers[5]->announce(key, "here", 60s));
  const std::uint64_t published = cost_of(swarm.peers[5]->publish(key, "here", 60s));
  EXPECT_LT(2 * published, announced);
}

Task<> put_question(TestPeer& to, Contact from, DirectoryQuestion question,
                    std::optional<DirectoryAnswer>& out) {
  Bytes bytes = encode(question);
  Bytes answer = co_await to.directory.answer(from, std::move(bytes));
  out = decode_directory_answer(answer);
}

DirectoryAnswer answer_of(TestSwarm& swarm, std::size_t holder, std::size_t asker,
                          const DirectoryQuestion& question) {
  std::optional<DirectoryAnswer> answer;
  TaskGroup tasks(swarm.hosts[holder]->loop());
  tasks.spawn(put_question(*swarm.peers[holder], swarm.peers[asker]->contact(), question, answer));
  swarm.pass(1ms);
  EXPECT_TRUE(answer);
  return answer.value_or(DirectoryAnswer{});
}

void know_all_of(const DirectoryAnswer& answer, DirectoryQuestion& question) {
  SetDigest records;
  for (const Contact& contact : answer.closest) {
    question.known_peers.push_back(contact.id.leading());
  }
  for (const SignedRecord& record : answer.records) {
    records.add_content(content_digest(*decode_claim(record.claim())));
  }
  question.known_records = records.value();
}

TEST(Kademlia, AHolderTellsAllUnlessTheAskerKnowsAllOfIt) {
  TestSwarm swarm(8, 6);
  const DirectoryKey key = test_key("place");
  for (std::size_t i = 1; i < 4; ++i) {
    ASSERT_TRUE(swarm.settle(swarm.peers[i]->announce(key, "here", 60s)));
  }
  DirectoryQuestion question;
  question.key = key;
  question.wanted = WantedRecords::all;
  question.wants_closest = true;
  const DirectoryAnswer all = answer_of(swarm, 0, 5, question);
  EXPECT_EQ(all.closest.size(), 4u);
  EXPECT_EQ(all.records.size(), 3u);
  know_all_of(all, question);
  const DirectoryAnswer nothing = answer_of(swarm, 0, 5, question);
  EXPECT_TRUE(nothing.closest.empty());
  EXPECT_TRUE(nothing.records.empty());
  ASSERT_TRUE(swarm.settle(swarm.peers[4]->announce(key, "here", 60s)));
  swarm.add();
  ASSERT_TRUE(swarm.settle_joins());
  const DirectoryAnswer more = answer_of(swarm, 0, 5, question);
  EXPECT_EQ(more.closest.size(), 1u);
  EXPECT_EQ(more.records.size(), 4u);
}

// A renewal then costs the record itself and hardly an answer.
TEST(Kademlia, WhoStandsUnderAKeyIsToldOnceWhoElseDoes) {
  TestSwarm swarm(8, 16);
  const DirectoryKey key = test_key("place");
  const auto sum = [&](auto count) {
    std::uint64_t total = 0;
    for (const TestPeer* peer : swarm.peers) total += count(*peer);
    return total;
  };
  const auto bytes = [](const TestPeer& peer) { return peer.network.counters().bytes_sent; };
  const auto asked = [](const TestPeer& peer) { return peer.directory.counters().questions; };
  std::vector<std::unique_ptr<Directory::Watch>> watches;
  for (std::size_t i = 0; i < 8; ++i) {
    watches.push_back(swarm.peers[i]->directory.attend(key, to_bytes("here")));
  }
  swarm.pass(15s);
  const std::uint64_t asked_before = sum(asked);
  const std::uint64_t bytes_before = sum(bytes);
  swarm.pass(80s);
  const std::uint64_t questions = sum(asked) - asked_before;
  EXPECT_GE(questions, 8u * 6 * 4 + 16u * 12)
      << "six holders are asked every twenty seconds, and everybody's neighbours once a minute";
  EXPECT_LT(questions, 8u * 12 * 8);
  EXPECT_LT((sum(bytes) - bytes_before) / questions, 1000u);
}

TEST(Kademlia, TheDeathOfTheFirstPeerChangesNothing) {
  TestSwarm swarm(9, 12);
  const DirectoryKey key = test_key("place");
  ASSERT_TRUE(swarm.settle(swarm.peers[3]->announce(key, "here", 5min)));
  swarm.hosts[0]->crash();
  Call& found = swarm.peers[7]->look_up(key);
  ASSERT_TRUE(swarm.settle(found));
  EXPECT_TRUE(found.has(swarm.hosts[3]->id(), "here"));
  sim::Host& newcomer = swarm.world.add_host();
  TestPeer& peer = newcomer.start<TestPeer>(newcomer);
  Call& joined = peer.join({swarm.peers[4]->contact()});
  ASSERT_TRUE(swarm.settle(joined));
  EXPECT_TRUE(joined.ok);
  Call& also = peer.look_up(key);
  ASSERT_TRUE(swarm.settle(also));
  EXPECT_TRUE(also.has(swarm.hosts[3]->id(), "here"));
}

// All holders die one after the other, with time in between; others take their places and the
// record lives on.
TEST(Kademlia, HoldersThatDieAreReplaced) {
  TestSwarm swarm(10, 30);
  const DirectoryKey key = test_key("place");
  ASSERT_TRUE(swarm.settle(swarm.peers[0]->announce(key, "here", 10min)));
  for (int killed = 0; killed < 16; ++killed) {
    std::size_t closest = 1;
    for (std::size_t i = 2; i < swarm.hosts.size(); ++i) {
      const bool better =
          !swarm.hosts[closest]->running() ||
          distance(swarm.hosts[i]->id(), key) < distance(swarm.hosts[closest]->id(), key);
      if (swarm.hosts[i]->running() && better) closest = i;
    }
    swarm.hosts[closest]->crash();
    swarm.pass(8s);
  }
  Call& found = swarm.peers[0]->look_up(key);
  ASSERT_TRUE(swarm.settle(found));
  EXPECT_TRUE(found.has(swarm.hosts[0]->id(), "here"));
}

TEST(Kademlia, AFrozenPeerCostsItsPatienceOnceAndComesBack) {
  TestSwarm swarm(11, 8);
  swarm.pass(5s);
  const DirectoryKey key = test_key("place");
  swarm.hosts[4]->freeze();
  Call& first = swarm.peers[1]->announce(key, "here", 5min);
  ASSERT_TRUE(swarm.settle(first));
  EXPECT_LT(first.ended - first.began, 400ms);
  Call& second = swarm.peers[1]->announce(key, "here again", 5min);
  ASSERT_TRUE(swarm.settle(second));
  EXPECT_LT(second.ended - second.began, 20ms);
  swarm.pass(1s);
  swarm.hosts[4]->thaw();
  swarm.pass(70s);
  EXPECT_GT(swarm.peers[4]->directory.records_held(), 0u);
  Call& third = swarm.peers[1]->announce(key, "and again", 5min);
  ASSERT_TRUE(swarm.settle(third));
  EXPECT_EQ(third.questions, 7u);
}

// A key with more records than fit into one message.
TEST(Kademlia, ManyRecordsComePageByPage) {
  TestSwarm swarm(12, 40);
  const DirectoryKey key = test_key("place");
  std::vector<Call*> calls;
  for (TestPeer* peer : swarm.peers) {
    calls.push_back(&peer->announce(key, std::string(record_value_limit, 'x'), 60s));
  }
  ASSERT_TRUE(swarm.settle(calls));
  calls.clear();
  for (TestPeer* peer : swarm.peers) {
    Call& call = peer->look_up(key);
    ASSERT_TRUE(swarm.settle(call));
    EXPECT_EQ(call.records.size(), 40u);
  }
}

}  // namespace
}  // namespace moshpit
