// A text for tests: a document is about one word, which stands in each of its sentences, and
// sentences say which of the document they are. So hidden words can be told from the others, and
// the order of two parts from how they begin.
#pragma once

#include <array>
#include <string>

#include "base/random.hpp"
#include "data/text.hpp"

namespace moshpit {

inline Text draw_text(std::size_t documents, std::uint64_t seed) {
  static const std::array<const char*, 8> words{"hill", "lake",  "moor", "wood",
                                                "sand", "stone", "fern", "moss"};
  static const std::array<const char*, 6> places{"one", "two", "three", "four", "five", "six"};
  Random random(seed);
  Text text;
  for (std::size_t i = 0; i < documents; ++i) {
    Document document;
    const std::string word = words.at(random.below(words.size()));
    for (const char* place : places) {
      document.push_back(place + (" " + word) + " " + word + " " + word + ".");
    }
    text.push_back(std::move(document));
  }
  return text;
}

}  // namespace moshpit
