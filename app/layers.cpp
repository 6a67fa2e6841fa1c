#include "app/layers.hpp"

#include <CLI/Error.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "app/settings_file.hpp"

namespace moshpit {
namespace {

constexpr std::string_view set_option = "--set";
constexpr std::string_view file_option = "--config";

std::string variable_of(const std::string& option) {
  std::string name = "MOSHPIT_" + option;
  for (char& c : name) {
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

// "--set", "rate=0.1" and "--set=rate=0.1" become "--rate=0.1".
std::vector<std::string> without_set(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string& one = given[i];
    if (one == set_option && i + 1 < given.size()) {
      out.push_back("--" + given[++i]);
    } else if (one.starts_with("--set=")) {
      out.push_back("--" + one.substr(set_option.size() + 1));
    } else {
      out.push_back(one);
    }
  }
  return out;
}

bool names(const std::string& argument, const std::string& option) {
  return argument == "--" + option || argument.starts_with("--" + option + "=");
}

// The innermost subcommand that the arguments begin with, and how many of them name it.
std::pair<const CLI::App*, std::size_t> command_of(const CLI::App& program,
                                                   const std::vector<std::string>& arguments) {
  const CLI::App* command = &program;
  std::size_t named = 0;
  while (named < arguments.size()) {
    const auto inner = command->get_subcommands(
        [&](const CLI::App* app) { return app->get_name() == arguments[named]; });
    if (inner.empty()) break;
    command = inner.front();
    ++named;
  }
  return {command, named};
}

bool has_layers(const CLI::App& command) {
  return command.get_option_no_throw(std::string(file_option)) != nullptr;
}

// That the arguments name, if they do.
std::string file_in(const std::vector<std::string>& arguments, std::size_t named) {
  for (std::size_t i = named; i < arguments.size(); ++i) {
    const std::string& one = arguments[i];
    if (one == file_option && i + 1 < arguments.size()) return arguments[i + 1];
    if (one.starts_with("--config=")) return one.substr(file_option.size() + 1);
  }
  const bool first = named < arguments.size() && arguments[named].ends_with(".toml");
  return first ? arguments[named] : "";
}

}  // namespace

void declare_layers(CLI::App& command, std::string& file) {
  command.add_option("--config,RUN.toml", file, "File with any of these options, as rate = 0.1");
  command.footer(command.get_footer() +
                 "\nAny option may also stand in a file (RUN.toml) or in the environment, as "
                 "MOSHPIT_RATE for --rate;\n'--set rate=0.1' is --rate=0.1, and 'moshpit config "
                 "show' tells which value holds and why.");
}

std::vector<std::string> Layers::arguments(const CLI::App& program,
                                           std::vector<std::string> given) {
  given = without_set(given);
  const auto [command, named] = command_of(program, given);
  if (!has_layers(*command)) return given;
  const std::string file = file_in(given, named);
  Values values;
  if (!file.empty()) {
    auto read = read_settings(file);
    if (!read) throw CLI::ValidationError(read.error().message());
    values = *std::move(read);
  }
  add(*command, values, file, given);
  return given;
}

// What the arguments do not name comes from the environment or from the file.
void Layers::add(const CLI::App& command, Values values, const std::string& file,
                 std::vector<std::string>& arguments) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_lnames().empty() || option == command.get_help_ptr()) continue;
    const std::string name = option->get_lnames().front();
    const auto in_file = values.extract(name);
    const auto is_named = [&](const std::string& argument) { return names(argument, name); };
    const char* const variable = std::getenv(variable_of(name).c_str());
    if (std::ranges::any_of(arguments, is_named)) {
      sources_[name] = "command line";
    } else if (variable != nullptr) {
      sources_[name] = variable_of(name);
      arguments.push_back("--" + name + "=" + variable);
    } else if (!in_file.empty()) {
      sources_[name] = file;
      arguments.push_back("--" + name + "=" + in_file.mapped());
    }
  }
  if (values.empty()) return;
  throw CLI::ValidationError(file + ": there is no option '" + values.begin()->first + "'");
}

std::string Layers::source(const std::string& option) const {
  const auto found = sources_.find(option);
  return found == sources_.end() ? "default" : found->second;
}

}  // namespace moshpit
