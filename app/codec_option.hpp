// The options that choose how values travel, the same for whatever averages.
#pragma once

#include <CLI/App.hpp>

#include "moshpit/codec.hpp"

namespace moshpit {

// Of a word, or of each of several.
inline CLI::IsMember is_codec() { return CLI::IsMember({"fp32", "fp16", "bf16", "int8"}); }

inline void declare_codec(CLI::App& command, Codec& codec) {
  command
      .add_option_function<std::string>(
          "--codec", [&codec](const std::string& name) { codec = *codec_named(name); },
          "How values travel: fp32, fp16, bf16 or int8; sums are exact with each (docs/codecs.md)")
      ->default_str(std::string(name_of(codec)))
      ->check(is_codec());
}

// The others would cut off the range of an optimizer's variances.
inline void declare_state_codec(CLI::App& command, Codec& codec) {
  command
      .add_option_function<std::string>(
          "--state-codec", [&codec](const std::string& name) { codec = *codec_named(name); },
          "Collective and outer: how the state travels when it is averaged: fp32, or bf16 in half "
          "of the bytes")
      ->default_str(std::string(name_of(codec)))
      ->check(CLI::IsMember({"fp32", "bf16"}));
}

}  // namespace moshpit
