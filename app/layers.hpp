// Layers: where the value of an option comes from. A command line beats the environment
// (MOSHPIT_RATE for --rate), which beats a file (--config RUN.toml, or its name alone), which beats
// the default. `--set rate=0.1` is another way to write `--rate=0.1`.
#pragma once

#include <CLI/App.hpp>
#include <map>
#include <string>
#include <vector>

namespace moshpit {

class Layers {
 public:
  // Of the subcommand that the arguments name: with what the environment and the file add. Throws
  // CLI::ValidationError, with a sentence, for a file that makes no sense.
  std::vector<std::string> arguments(const CLI::App& program, std::vector<std::string> given);

  // After arguments(): "command line", "MOSHPIT_RATE", the file's name, or "default".
  std::string source(const std::string& option) const;

 private:
  using Values = std::map<std::string, std::string>;
  void add(const CLI::App& command, Values values, const std::string& file,
           std::vector<std::string>& arguments);

  std::map<std::string, std::string> sources_;
};

// Options of a command may come from a file and from the environment. `file` outlives the parsing.
void declare_layers(CLI::App& command, std::string& file);

// `moshpit config show`: the options of `moshpit run`, each with its value and where it came from.
void declare_config(CLI::App& program, const Layers& layers, int& exit_code);

}  // namespace moshpit
