// A text for tests: documents of short sentences over a few words, in which each word says which
// one comes next, so that hidden words can be told from their neighbours.
#pragma once

#include <array>
#include <string>

#include "base/random.hpp"
#include "data/text.hpp"

namespace moshpit {

inline Text draw_text(std::size_t documents, std::uint64_t seed) {
  static const std::array<const char*, 12> words{"one",   "two",   "three", "four", "five", "six",
                                                 "seven", "eight", "nine",  "ten",  "up",   "down"};
  Random random(seed);
  Text text;
  for (std::size_t i = 0; i < documents; ++i) {
    Document document;
    std::size_t word = random.below(words.size());
    for (int sentence = 0; sentence < 6; ++sentence) {
      std::string line;
      for (int k = 0; k < 5; ++k) {
        line += std::string(k == 0 ? "" : " ") + words.at(word);
        word = (word + 1) % words.size();
      }
      document.push_back(line + ".");
    }
    text.push_back(std::move(document));
  }
  return text;
}

}  // namespace moshpit
