// planted as src/reduce/example.cpp
namespace moshpit {

Task<> waits(Event& event, Mailbox<int>& box) {
  // next line: coroutine_deadline
  co_await event.wait();
  // next line: coroutine_deadline
  const auto message = co_await box.receive();
  co_await event.wait();  // no deadline: set when the box closes
  co_await event.wait_until(deadline);
  co_await listen(event.wait());
}

// next line: coroutine_length
Task<> long_one(Loop& loop) {
  for (int i = 0; i < 2; ++i) {
    step(0);
    step(1);
    step(2);
    step(3);
    step(4);
    step(5);
    step(6);
    step(7);
    step(8);
    step(9);
    step(10);
    step(11);
    step(12);
    step(13);
    step(14);
    step(15);
    step(16);
    step(17);
    step(18);
    step(19);
    step(20);
    step(21);
    co_await loop.yield();
  }
}

void lambdas(Loop& loop, int number) {
  // next line: coroutine_lambda
  const auto bad = [number](Loop& loop) -> Task<> { co_await loop.yield(); };
  // next line: coroutine_lambda
  const auto worse = [&] { co_return; };
  const auto good = [](Loop& loop) -> Task<> { co_await loop.yield(); };
}

}  // namespace moshpit
