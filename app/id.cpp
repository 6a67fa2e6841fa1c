// moshpit id: prints the id of a key file, and makes the key if there is none.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/commands.hpp"
#include "app/output.hpp"
#include "net/identity.hpp"

namespace moshpit {
namespace {

struct IdOptions {
  std::string identity = "moshpit.key";
  bool json = false;
};

int print_id(const IdOptions& options) {
  const Output output(options.json);
  const auto identity = Identity::load_or_create(options.identity);
  if (!identity) return output.fail(identity.error());
  output.say(identity->id().text());
  output.event({{"event", "id"}, {"peer", identity->id().text()}, {"file", options.identity}});
  return 0;
}

}  // namespace

void declare_id(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<IdOptions>();
  CLI::App* command =
      program.add_subcommand("id", "Print this peer's id; make its key if there is none");
  command->add_option("--identity", options->identity, "Key file")->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer("Example:\n  moshpit id --identity ~/.moshpit.key");
  command->callback([options, &exit_code] { exit_code = print_id(*options); });
}

}  // namespace moshpit
