// KeyFile: the file that keeps a peer's private key, held open and locked so that no second process
// uses it.
//
// It is made on first use, whole or not at all, and for its owner's eyes only. What is in it is not
// this file's business.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "moshpit/result.hpp"

namespace moshpit {

class KeyFile {
 public:
  // Opens and locks the file; if there is none, makes it with what `fresh` returns.
  // Errors: invalid_argument if it is in use or others may read it, io if the system says no.
  static Result<KeyFile> open(const std::filesystem::path& path,
                              const std::function<std::string()>& fresh);

  KeyFile(KeyFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), text_(std::move(other.text_)) {}
  KeyFile& operator=(KeyFile&& other) noexcept;
  ~KeyFile();

  // The content as it was when the file was opened; the caller takes it, so that it is not kept in
  // memory.
  std::string take_text() { return std::exchange(text_, std::string()); }

 private:
  explicit KeyFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
  std::string text_;
};

}  // namespace moshpit
