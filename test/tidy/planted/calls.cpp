// planted as src/reduce/example.cpp
void calls() {
  // next line: banned_calls
  std::random_device device;
  // next line: banned_calls
  std::uniform_int_distribution<int> pick(0, 1);
  // next line: banned_calls
  const int drawn = rand();
  // next line: banned_calls
  const auto now = std::chrono::system_clock::now();
  // next line: banned_calls
  const auto then = std::chrono::steady_clock::now();
  // next line: banned_calls
  std::this_thread::sleep_for(1s);
  // next line: banned_calls
  sleep(1);
  // next line: banned_calls
  std::thread thread(run);
  // next line: banned_calls
  std::mutex mutex;
  // next line: banned_calls
  auto shared = std::make_shared<int>(1);
  // next line: banned_calls
  throw 1;
  // next line: banned_calls
  std::fprintf(stderr, "no");
  // next line: banned_calls
  std::cout << 1;
  // next line: banned_calls
  const char* home = std::getenv("HOME");
  // next line: banned_calls
  assert(drawn);
  // next line: banned_calls
  std::unordered_map<int, int> counts;
  static_assert(sizeof(int) == 4);
  MOSHPIT_ASSERT(drawn);
  strand(1);
  loop.sleep_for(1s);
  note("throw rand() std::thread");  // throw rand() std::thread
}
