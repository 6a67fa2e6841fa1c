#include "data/text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <system_error>
#include <zlib.h>

namespace moshpit {
namespace {

namespace fs = std::filesystem;

// Forty times the largest corpus that a swarm of laptops has been seen to train on here, and small
// enough to hold in memory.
constexpr std::size_t size_limit = std::size_t{1} << 30;
constexpr std::size_t read_size = std::size_t{1} << 20;

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

Error bad(const fs::path& file, std::string_view sentence) {
  return Error(ErrorCode::bad_data, fmt::format("{} {}", file.string(), sentence));
}

Result<std::string> read_file(const fs::path& path) {
  const std::unique_ptr<gzFile_s, CloseGzip> stream(gzopen(path.c_str(), "rb"));
  if (!stream) {
    return Error(ErrorCode::io, fmt::format("{} cannot be read ({}); check its permissions",
                                            path.string(), std::strerror(errno)));
  }
  std::string content;
  while (true) {
    const std::size_t have = content.size();
    content.resize(have + read_size);
    const int got = gzread(stream.get(), content.data() + have, read_size);
    if (got < 0) return bad(path, "is damaged: it does not decompress; fetch it again");
    content.resize(have + static_cast<std::size_t>(got));
    if (static_cast<std::size_t>(got) < read_size) break;
    if (content.size() > size_limit) return bad(path, "is beyond 1 GiB of text; use less of it");
  }
  int status = Z_OK;
  gzerror(stream.get(), &status);
  if (status != Z_OK) return bad(path, "is cut short; fetch it again");
  if (content.find('\0') != std::string::npos) {
    return bad(path, "has zero bytes in it; it is not plain text: name files of text");
  }
  return content;
}

bool is_text_name(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".txt") || name.ends_with(".txt.gz");
}

Result<std::vector<fs::path>> files_of(const fs::path& path) {
  std::error_code failure;
  if (fs::is_regular_file(path, failure)) return std::vector{path};
  std::vector<fs::path> files;
  fs::directory_iterator entries(path, failure);
  if (failure) {
    return Error(ErrorCode::io, fmt::format("{} cannot be read ({}); name a file of text or a "
                                            "folder of them",
                                            path.string(), failure.message()));
  }
  for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
    std::error_code ignored;  // what cannot be looked at is no file
    const bool is_file = fs::is_regular_file(entries->path(), ignored);
    if (is_file && is_text_name(entries->path())) files.push_back(entries->path());
  }
  if (files.empty()) {
    return Error(ErrorCode::io, fmt::format("{} holds neither *.txt nor *.txt.gz; name a file of "
                                            "text or a folder of them",
                                            path.string()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Where the sentence that begins the line ends: after its mark, and what closes with it.
std::size_t sentence_end(std::string_view line) {
  std::size_t at = 0;
  while (true) {
    at = line.find_first_of(".!?", at);
    if (at == std::string_view::npos) return line.size();
    at = line.find_first_not_of(".!?\"')]", at);
    if (at == std::string_view::npos) return line.size();
    const std::size_t next = line.find_first_not_of(' ', at);
    if (next == std::string_view::npos) return line.size();
    if (next > at && !(line[next] >= 'a' && line[next] <= 'z')) return at;
  }
}

void add_sentences(std::string_view line, Document& document) {
  line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return;
    line.remove_prefix(begin);
    const std::size_t end = sentence_end(line);
    document.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

}  // namespace

void add_lines(std::string_view lines, Text& text) {
  Document document;
  const auto finish = [&] {
    if (!document.empty()) text.push_back(std::move(document));
    document.clear();
  };
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const std::size_t before = document.size();
    add_sentences(line, document);
    if (document.size() == before) finish();
  }
  finish();
}

Result<Text> read_text(const fs::path& path) {
  const auto files = files_of(path);
  if (!files) return files.error();
  Text text;
  std::size_t size = 0;
  for (const fs::path& file : *files) {
    const auto content = read_file(file);
    if (!content) return content.error();
    size += content->size();
    if (size > size_limit) return bad(path, "holds more than 1 GiB of text; use less of it");
    add_lines(*content, text);
  }
  if (text.empty()) return bad(path, "has no sentence in it; name a file of text");
  return text;
}

}  // namespace moshpit
