// Process: one peer of the demo or the contender of a bench, a child process of its own that prints
// JSON lines. It dies with its parent, however that ends.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "moshpit/result.hpp"

namespace moshpit {

class Process {
 public:
  // This very program with these arguments. Its standard error goes to the file.
  static Result<Process> start(const std::vector<std::string>& arguments,
                               const std::string& error_file);
  // As above, another program: a path, or a name that is searched for as a shell does.
  static Result<Process> start_other(const std::string& program,
                                     const std::vector<std::string>& arguments,
                                     const std::string& error_file);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // kills it if it is still there

  pid_t pid() const { return pid_; }
  // For poll(); readable when there are lines, or when the process has closed its output.
  int output() const { return output_; }

  // The objects that have arrived since the last call. Sets finished() at the end of the output.
  std::vector<nlohmann::json> read();

  bool finished() const { return exit_code_.has_value(); }
  int exit_code() const { return *exit_code_; }  // -1: killed by a signal

  void kill();

 private:
  static Result<Process> start(const std::string& program, std::vector<std::string> words,
                               const std::string& error_file);
  Process(pid_t pid, int output) : pid_(pid), output_(output) {}
  std::vector<nlohmann::json> take_lines();
  void reap();

  pid_t pid_;
  int output_;
  std::string pending_;
  std::optional<int> exit_code_;
};

}  // namespace moshpit
