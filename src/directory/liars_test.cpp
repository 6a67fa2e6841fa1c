// Members that know the run's secret and leave nonsense in the directory.
#include <algorithm>
#include <deque>
#include <gtest/gtest.h>

#include "directory/test_peer.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Leaves a record with a wrong signature with a holder, in person.
Task<> leave_nonsense(TestPeer& liar, const sim::Host& host, Contact holder, DirectoryKey key) {
  const RecordClaim claim{key, liar.contact(), Bytes(1000), 1, 1, 60s};
  SealedClaim sealed = sign_record(host.credentials(), claim).sealed();
  sealed.signature[0] ^= std::byte{1};
  DirectoryQuestion question;
  question.key = key;
  question.records.push_back({std::move(sealed), 60s});
  const Time deadline = liar.network.loop().now() + 5s;
  const Bytes message = encode(question);
  co_await liar.network.ask(std::move(holder), Protocol::directory, message, deadline);
}

TEST(Liars, DoNotHideWhoComesAfterThemInThePages) {
  TestSwarm swarm(31, 60);
  const auto less = [](const TestPeer* one, const TestPeer* other) {
    return one->contact().id < other->contact().id;
  };
  const auto last = std::ranges::max_element(swarm.peers, less) - swarm.peers.begin();
  const DirectoryKey key = test_key("lies");
  ASSERT_TRUE(swarm.settle(swarm.peers[last]->publish(key, "truth", 60s)));
  std::deque<TaskGroup> liars;
  for (std::size_t i = 0; i < swarm.peers.size(); ++i) {
    if (static_cast<std::ptrdiff_t>(i) == last) continue;
    TaskGroup& tasks = liars.emplace_back(swarm.hosts[i]->loop());
    for (TestPeer* holder : swarm.peers) {
      if (holder == swarm.peers[i]) continue;
      tasks.spawn(leave_nonsense(*swarm.peers[i], *swarm.hosts[i], holder->contact(), key));
    }
  }
  swarm.pass(6s);
  liars.clear();
  TestPeer& reader = swarm.add();
  ASSERT_TRUE(swarm.settle_joins());
  Call& found = reader.look_up(key);
  ASSERT_TRUE(swarm.settle(found));
  EXPECT_TRUE(found.has(swarm.peers[last]->contact().id, "truth"));
  EXPECT_EQ(found.records.size(), 1u);
}

// Brings another peer's record and says that it tells the watcher, which it does not.
Task<> bring(TestPeer& liar, SignedRecord record, Contact holder, PeerId watcher) {
  DirectoryQuestion question;
  question.key = test_key("lies");
  question.records.push_back(std::move(record));
  question.told.push_back(watcher.leading());
  const Time deadline = liar.network.loop().now() + 5s;
  const Bytes message = encode(question);
  co_await liar.network.ask(std::move(holder), Protocol::directory, message, deadline);
}

TEST(Liars, DoNotKeepFromAWatcherWhatOthersPublish) {
  TestSwarm swarm(32, 4);
  TestPeer& watcher = *swarm.peers[3];
  const auto watch = watcher.directory.watch(test_key("lies"));
  swarm.pass(1s);
  const sim::Host& publisher = *swarm.hosts[0];
  const RecordClaim claim{
      test_key("lies"), swarm.peers[0]->contact(), to_bytes("truth"), 1, 1, 60s};
  TaskGroup tasks(swarm.hosts[1]->loop());
  tasks.spawn(bring(*swarm.peers[1], sign_record(publisher.credentials(), claim),
                    swarm.peers[2]->contact(), watcher.contact().id));
  swarm.pass(1s);
  EXPECT_TRUE(watch->records().take());
}

}  // namespace
}  // namespace moshpit
