// Collection: the contributions to one chunk that this member owns, from the first to the mean.
// Pure.
//
// A member is in at most once (R5), and the mean is taken in member order whatever the order of
// arrival, so that the same contributors always give the same bits. Contributions stay in the
// frames that they came in until then.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/report.hpp"
#include "reduce/mean.hpp"

namespace moshpit {

class Collection {
 public:
  bool has(std::size_t member) const { return members_[member]; }
  const MemberSet& members() const { return members_; }

  // The values are the end of `frame`, or memory that outlives the collection. False if the member
  // is in already.
  bool add(std::size_t member, Bytes frame, const WeightedValues& contribution);

  // Takes a member's contribution out again.
  void remove(std::size_t member);

  // In member order.
  std::vector<WeightedValues> contributions() const;

  // The mean is taken: frees the frames.
  void clear() { *this = Collection(); }

 private:
  struct Entry {
    WeightedValues values() const {
      WeightedValues values = contribution;
      if (!frame.empty()) values.values = ByteView(frame).last(values.values.size());
      return values;
    }

    std::size_t member;
    Bytes frame;  // ends with the values; empty if they lie elsewhere
    WeightedValues
        contribution;  // of values in a frame only the size counts: a copy's lie elsewhere
  };

  MemberSet members_;
  std::vector<Entry> entries_;  // sorted by member
};

}  // namespace moshpit
