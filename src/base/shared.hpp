// Shared: a value that nobody changes any more, held once by all who keep a copy. As it cannot
// change, it does not show that it is shared. Copies may be used on several threads.
#pragma once

#include <memory>
#include <utility>

namespace moshpit {

template <class Value>
class Shared {
 public:
  explicit Shared(Value value) : value_(std::make_shared<const Value>(std::move(value))) {}

  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return value_.get(); }

  // Whether both are copies of one: faster than to compare the values, and true less often.
  bool is(const Shared& other) const { return value_ == other.value_; }

 private:
  std::shared_ptr<const Value> value_;
};

}  // namespace moshpit
