// planted as src/reduce/example.cpp
#include "base/bytes.hpp"

namespace moshpit {

Task<int> wrong_forms(Loop& loop, Peer peer) {
  // next line: coroutine_form
  if (co_await ask(peer)) co_return 1;
  // next line: coroutine_form
  while (!co_await ask(peer)) peer.wait_less();
  // next line: coroutine_form
  const int chosen = peer.good() ? co_await ask(peer) : 0;
  // next line: coroutine_form
  const int sum = 1 + co_await ask(peer);
  // next line: coroutine_form
  note(co_await ask(peer));
  // next line: coroutine_form
  const auto [one, two] = co_await ask(peer);
  // next line: coroutine_form
  const int braced{co_await ask(peer)};
  // next line: coroutine_form
  sum = co_await ask(peer);
  // next line: coroutine_form
  for (int each : co_await ask(peer)) note(each);
  // next line: coroutine_form
  co_return co_await ask(peer);
}

Task<> wrong_arguments(Loop& loop, Peer peer) {
  // next line: coroutine_form
  co_await ask({peer, 1});
  // next line: coroutine_form
  co_await ask(Question(peer));
  // next line: coroutine_form
  co_await ask(Question{peer, 1});
  // next line: coroutine_form
  co_await ask([peer] { return peer; });
  // next line: coroutine_form
  co_await ask(std::string(peer));
  // next line: coroutine_form
  co_await ask(peer.good() ? peer : loop);
  // next line: coroutine_form
  const auto answer = co_await ask(std::optional<Question>(peer));
}

Task<> right_forms(Loop& loop, Peer peer, Peers peers) {
  co_await loop.sleep_until(loop.now() + 2 * std::max(pause, std::move(other)));
  const auto answer = co_await ask(peer);
  [[maybe_unused]] const std::vector<std::pair<int, Bytes>> all = co_await ask(peer, "{");
  std::optional<Bytes>& reference = co_await peer->box().receive_until(deadline);
  if (answer) co_await loop.yield();
  for (std::size_t i = 0; i < 1'000; ++i) co_await ask(peers[i]);
  else co_await ask(Address::parse(text), (a + b) * c, '{');
  auto awaited =
      co_await ask(peer);  // co_await in a comment (means nothing
}

}  // namespace moshpit
