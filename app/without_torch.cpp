// In the program that has no LibTorch: what it does about models that need it.
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "app/learners.hpp"
#include "base/assert.hpp"

namespace moshpit {
namespace {

// Of this process, as the system keeps them.
std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string one; std::getline(file, one, '\0');) arguments.push_back(one);
  return arguments;
}

// It lies beside this one.
std::string torch_program() {
  char path[4096];
  const auto length = readlink("/proc/self/exe", path, sizeof path - 1);
  return length < 0 ? "" : std::string(path, static_cast<std::size_t>(length)) + "-torch";
}

Error not_there() {
  return Error(ErrorCode::invalid_argument,
               "This model needs LibTorch, and this moshpit was built without it: run "
               "script/setup --torch, or train --model mlp.");
}

}  // namespace

bool has_torch() { return false; }

bool torch_program_is_there() { return access(torch_program().c_str(), X_OK) == 0; }

Error become_torch_program() {
  std::vector<std::string> arguments = own_arguments();
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(torch_program().c_str(), pointers.data());
  return not_there();
}

Result<AlbertParts> make_albert_parts(const AlbertChoice&, std::size_t) { return not_there(); }

Result<std::unique_ptr<Learner>> make_torch_learner(const RunSettings&, const OwnData&) {
  return not_there();
}

std::unique_ptr<Model> make_torch_model(std::size_t, const Dataset&) {
  MOSHPIT_ASSERT(false);  // only whoever has LibTorch makes one
  return nullptr;
}

}  // namespace moshpit
