// Crew: threads that do the parts of a work side by side, the caller's among them.
#pragma once

#include <atomic>
#include <barrier>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace moshpit::sim {

class Crew {
 public:
  // More hands than parts are of no use.
  Crew(std::size_t hands, std::size_t parts);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  std::size_t hands() const { return threads_.size() + 1; }

  // Calls it once for every part, and returns when all are done. Each hand begins with parts of its
  // own, which its processor may know from the last time, and then helps the others. Not together,
  // the caller does all of it: to call the others costs some microseconds.
  using Part = std::function<void(std::size_t part)>;
  void work(bool together, const Part& part);

 private:
  void serve(std::size_t hand);
  void do_parts(std::size_t hand);

  std::vector<std::atomic<bool>> taken_;
  std::barrier<> meeting_;
  const Part* part_ = nullptr;  // null: everybody goes home
  std::vector<std::jthread> threads_;
};

}  // namespace moshpit::sim
