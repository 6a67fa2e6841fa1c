// Output: sentences for a person, or with --json one object a line for a machine, and nothing else,
// on standard output. Errors go to standard error as one sentence, and with --json to standard
// output as an object too. Any thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "moshpit/result.hpp"

namespace moshpit {

class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  bool json() const { return json_; }
  void event(const nlohmann::json& line) const;
  void say(const std::string& sentence) const;

  // Returns the program's exit code for it: 2 if the caller's words are off, else 1.
  int fail(const Error& error) const;

 private:
  bool json_;
};

}  // namespace moshpit
