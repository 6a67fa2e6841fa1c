// moshpit config show: which value each option of a run has, and where it came from.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/layers.hpp"
#include "app/output.hpp"
#include "app/run.hpp"

namespace moshpit {
namespace {

std::string joined(const std::vector<std::string>& results) {
  std::string text;
  for (const std::string& one : results) text += (text.empty() ? "" : " ") + one;
  return text;
}

int show(const CLI::App& command, const Layers& layers, bool json) {
  const Output output(json);
  for (const CLI::Option* option : command.get_options()) {
    const bool is_setting = !option->get_lnames().empty() && option != command.get_help_ptr();
    if (!is_setting) continue;
    const std::string name = option->get_lnames().front();
    const bool given = option->count() > 0;
    const std::string value = given ? joined(option->results()) : option->get_default_str();
    const std::string source = layers.source(name);
    output.event({{"event", "setting"}, {"name", name}, {"value", value}, {"source", source}});
    output.say(fmt::format("{:<20} {:<24} {}", name, value, source));
  }
  return 0;
}

}  // namespace

void declare_config(CLI::App& program, const Layers& layers, int& exit_code) {
  CLI::App* config = program.add_subcommand("config", "What the options of a run are");
  config->require_subcommand(1);
  CLI::App* command = config->add_subcommand(
      "show", "Each option of 'moshpit run', its value, and where that came from");
  const auto options = std::make_shared<RunOptions>();
  declare_run_options(*command, *options);
  command->footer("Example: moshpit config show RUN.toml --set rate=0.1");
  declare_layers(*command, options->file);
  command->callback([command, &layers, options, &exit_code] {
    exit_code = show(*command, layers, options->participation.json);
  });
}

}  // namespace moshpit
