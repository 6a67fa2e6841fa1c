#include "app/demo/process.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace moshpit {
namespace {

Error system_error(const std::string& what) {
  return Error(ErrorCode::io, what + ": " + std::strerror(errno) + ".");
}

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(const char* program, char* const* words, int output, int errors,
                         pid_t parent) {
  // Whatever ends the demo, a SIGKILL too, ends its peers.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // A Ctrl+C in the terminal is for the demo, which then ends its peers.
  setpgid(0, 0);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execvp(program, words);
  _exit(127);
}

}  // namespace

Result<Process> Process::start(const std::vector<std::string>& arguments,
                               const std::string& error_file) {
  std::vector<std::string> words{"moshpit"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return start("/proc/self/exe", std::move(words), error_file);
}

Result<Process> Process::start_other(const std::string& program,
                                     const std::vector<std::string>& arguments,
                                     const std::string& error_file) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return start(program, std::move(words), error_file);
}

Result<Process> Process::start(const std::string& program, std::vector<std::string> words,
                               const std::string& error_file) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return system_error("No pipe for a peer's output");
  const int errors = open(error_file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) become(program.c_str(), pointers.data(), pipe_ends[1], errors, parent);
  close(pipe_ends[1]);
  close(errors);
  if (child < 0) {
    close(pipe_ends[0]);
    return system_error("No process for a peer");
  }
  fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
  return Process(child, pipe_ends[0]);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      pending_(std::move(other.pending_)),
      exit_code_(other.exit_code_) {}

Process::~Process() {
  if (pid_ < 0) return;
  if (!finished()) {
    kill();
    reap();
  }
  close(output_);
}

void Process::kill() { ::kill(pid_, SIGKILL); }

std::vector<nlohmann::json> Process::read() {
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t size = ::read(output_, buffer.data(), buffer.size());
    if (size > 0) pending_.append(buffer.data(), static_cast<std::size_t>(size));
    if (size == 0 && !finished()) reap();
    if (size <= 0) break;
  }
  return take_lines();
}

std::vector<nlohmann::json> Process::take_lines() {
  std::vector<nlohmann::json> lines;
  std::size_t begin = 0;
  for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
    auto line = nlohmann::json::parse(pending_.substr(begin, end - begin), nullptr, false);
    if (line.is_object()) lines.push_back(std::move(line));
    begin = end + 1;
  }
  pending_.erase(0, begin);
  return lines;
}

void Process::reap() {
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace moshpit
