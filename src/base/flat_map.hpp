// FlatMap: a map in one sorted vector. A search touches a few neighbouring lines of memory where
// std::map touches a node a level, which counts when a process holds thousands of peers. Insertion
// in the middle moves what lies behind: for small maps, and for keys that grow. Iterators end with
// every insertion and removal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace moshpit {

template <class Key, class Value>
class FlatMap {
 public:
  using Item = std::pair<Key, Value>;
  using iterator = typename std::vector<Item>::iterator;
  using const_iterator = typename std::vector<Item>::const_iterator;

  // In the order of the keys.
  iterator begin() { return items_.begin(); }
  iterator end() { return items_.end(); }
  const_iterator begin() const { return items_.begin(); }
  const_iterator end() const { return items_.end(); }

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  void clear() { items_.clear(); }

  iterator find(const Key& key) {
    const auto place = place_of(items_, key);
    return place != end() && place->first == key ? place : end();
  }
  const_iterator find(const Key& key) const {
    const auto place = place_of(items_, key);
    return place != end() && place->first == key ? place : end();
  }
  bool contains(const Key& key) const { return find(key) != end(); }

  // Requires: it is there.
  Value& at(const Key& key) {
    const auto found = find(key);
    MOSHPIT_ASSERT(found != end());
    return found->second;
  }
  const Value& at(const Key& key) const {
    const auto found = find(key);
    MOSHPIT_ASSERT(found != end());
    return found->second;
  }

  // A new value, if there was none.
  Value& operator[](const Key& key) {
    const auto place = place_of(items_, key);
    if (place != end() && place->first == key) return place->second;
    return items_.emplace(place, key, Value())->second;
  }

  // Requires: it is not there.
  Value& add(const Key& key, Value value) {
    const bool last = items_.empty() || items_.back().first < key;
    const auto place = last ? end() : place_of(items_, key);
    MOSHPIT_ASSERT(place == end() || place->first != key);
    return items_.emplace(place, key, std::move(value))->second;
  }

  iterator erase(const_iterator item) { return items_.erase(item); }
  template <class Predicate>
  void erase_if(Predicate predicate) {
    std::erase_if(items_, predicate);
  }
  // What stood under the key, if anything did.
  std::optional<Value> take(const Key& key) {
    const auto found = find(key);
    if (found == end()) return std::nullopt;
    std::optional<Value> value(std::move(found->second));
    items_.erase(found);
    return value;
  }

 private:
  template <class Items>
  static auto place_of(Items& items, const Key& key) {
    return std::lower_bound(
        items.begin(), items.end(), key,
        [](const Item& item, const Key& sought) { return item.first < sought; });
  }

  std::vector<Item> items_;
};

}  // namespace moshpit
