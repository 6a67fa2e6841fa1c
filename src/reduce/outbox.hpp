// Outbox: what one member of a round is still to be sent. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/bytes.hpp"

namespace moshpit {

struct Outbox {
  std::deque<Bytes> notes;
  std::deque<std::size_t> results;        // chunks
  std::deque<std::size_t> contributions;  // chunks
  bool empty() const { return notes.empty() && results.empty() && contributions.empty(); }

  bool result_next = false;
  bool told_lately = false;  // something was taken since the last tick
};

// The first of them, taken out.
template <class Item>
std::optional<Item> take_first(std::deque<Item>& items) {
  if (items.empty()) return std::nullopt;
  Item first = std::move(items.front());
  items.pop_front();
  return first;
}

}  // namespace moshpit
