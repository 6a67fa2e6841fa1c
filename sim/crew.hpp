// Crew: threads that work on the same thing side by side, the caller's among them. They wait for it
// between two works, and for each other where a work says so.
#pragma once

#include <barrier>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace moshpit::sim {

class Crew {
 public:
  explicit Crew(std::size_t hands);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  std::size_t hands() const { return threads_.size() + 1; }

  // Every hand calls it with its number; 0 is the caller. Returns when all have done so.
  void work(const std::function<void(std::size_t hand)>& part);
  // For within a work: nobody goes on before all have come here.
  void meet();

 private:
  void serve(std::size_t hand);

  std::barrier<> meeting_;
  const std::function<void(std::size_t)>* part_ = nullptr;  // null: everybody goes home
  std::vector<std::jthread> threads_;
};

}  // namespace moshpit::sim
