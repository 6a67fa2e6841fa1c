// Plain text to learn language from: documents of sentences. A file is what its bytes say, plain or
// gzip; a blank line begins a new document (a chapter, an article). Files are foreign: every fault
// is one sentence.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "moshpit/result.hpp"

namespace moshpit {

using Document = std::vector<std::string>;  // sentences, none empty
using Text = std::vector<Document>;         // none empty

// A file, or the files *.txt and *.txt.gz of a folder in the order of their names.
// Errors: io if nothing is there or cannot be read; bad_data if it does not decompress, is not
// text, has no sentence, or is beyond 1 GiB.
Result<Text> read_text(const std::filesystem::path& path);

// Adds what the lines hold. A sentence ends with its line, or at . ! or ? (and a closing quote or
// bracket after it) before a blank, unless a small letter follows.
void add_lines(std::string_view lines, Text& text);

}  // namespace moshpit
