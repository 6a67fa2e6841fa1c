#include "net/key_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace moshpit {
namespace {

namespace fs = std::filesystem;

// A private key in PEM has about 120 bytes; a file much larger is something else.
constexpr std::size_t size_limit = 4096;

Error system_error(const std::string& what, const fs::path& path) {
  return Error(ErrorCode::io, "Cannot " + what + " the key file '" + path.string() +
                                  "': " + std::strerror(errno) +
                                  ". Check the folder and its permissions, or name another file.");
}

bool write_all(int descriptor, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t more = ::write(descriptor, text.data() + written, text.size() - written);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return false;
    written += static_cast<std::size_t>(more);
  }
  return ::fsync(descriptor) == 0;
}

// The name appears only when the content is on the disk. A file that is there already is left
// alone: of two processes that start at once, both go on with the key of whoever was first, and the
// lock decides.
Result<void> create(const fs::path& path, const std::string& text) {
  std::string draft = path.string() + ".XXXXXX";
  const int descriptor = ::mkostemp(draft.data(), O_CLOEXEC);
  if (descriptor < 0) return system_error("create", path);
  bool made = write_all(descriptor, text);
  made = made && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int problem = errno;
  ::close(descriptor);
  ::unlink(draft.c_str());
  if (made) return {};
  errno = problem;
  return system_error("create", path);
}

std::optional<Error> objection(int descriptor, const fs::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return Error(ErrorCode::invalid_argument,
                 "'" + path.string() + "' is not a file: name the file that keeps the peer's key.");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error(ErrorCode::invalid_argument, "The key file '" + path.string() +
                                                  "' can be read by others: run chmod 600 on it, "
                                                  "or delete it to become a new peer.");
  }
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("lock", path);
    return Error(ErrorCode::invalid_argument, "The key file '" + path.string() +
                                                  "' is in use by another peer: give every peer on "
                                                  "this machine a key file of its own.");
  }
  return std::nullopt;
}

std::optional<std::string> read_all(int descriptor) {
  std::string text(size_limit, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t more = ::read(descriptor, text.data() + length, text.size() - length);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return std::nullopt;
    if (more == 0) break;
    length += static_cast<std::size_t>(more);
  }
  text.resize(length);
  return text;
}

}  // namespace

Result<KeyFile> KeyFile::open(const fs::path& path, const std::function<std::string()>& fresh) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  int descriptor = ::open(path.c_str(), flags);
  if (descriptor < 0 && errno == ENOENT) {
    Result<void> created = create(path, fresh());
    if (!created) return created.error();
    descriptor = ::open(path.c_str(), flags);
  }
  if (descriptor < 0) return system_error("open", path);
  KeyFile file(descriptor);
  std::optional<Error> problem = objection(descriptor, path);
  if (problem) return *std::move(problem);
  std::optional<std::string> text = read_all(descriptor);
  if (!text) return system_error("read", path);
  file.text_ = *std::move(text);
  return file;
}

KeyFile& KeyFile::operator=(KeyFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(text_, other.text_);
  return *this;
}

KeyFile::~KeyFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace moshpit
