#include "app/output.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace moshpit {
namespace {

void write_line(std::FILE* file, const std::string& line) {
  std::fputs((line + "\n").c_str(), file);
  std::fflush(file);
}

}  // namespace

void Output::event(const nlohmann::json& line) const {
  if (json_) write_line(stdout, line.dump());
}

void Output::say(const std::string& sentence) const {
  if (!json_) write_line(stdout, sentence);
}

int Output::fail(const Error& error) const {
  event({{"event", "error"}, {"message", error.message()}});
  write_line(stderr, "moshpit: " + error.message());
  return error.code() == ErrorCode::invalid_argument ? 2 : 1;
}

}  // namespace moshpit
