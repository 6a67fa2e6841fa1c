#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "train/file_system.hpp"

namespace moshpit {
namespace {

Error failed(const std::string& what, const std::string& name, int number) {
  return Error(ErrorCode::io, what + " " + name + " failed: " +
                                  std::error_code(number, std::generic_category()).message() + ".");
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

// Not interrupted by a signal that somebody handles.
template <class Call>
auto again_if_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class SystemWriter final : public FileSystem::Writer {
 public:
  SystemWriter(Descriptor file, std::string name)
      : file_(std::move(file)), name_(std::move(name)) {}

  Result<void> write(ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          again_if_interrupted([&] { return ::write(file_.number(), bytes.data(), bytes.size()); });
      if (written < 0) return failed("Writing", name_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }
  Result<void> sync() override {
    const int done = again_if_interrupted([&] { return ::fsync(file_.number()); });
    if (done < 0) return failed("Writing to the disk what is in", name_, errno);
    return {};
  }

 private:
  Descriptor file_;
  std::string name_;
};

class SystemReader final : public FileSystem::Reader {
 public:
  SystemReader(Descriptor file, std::uint64_t size, std::string name)
      : file_(std::move(file)), size_(size), name_(std::move(name)) {}

  std::uint64_t size() const override { return size_; }
  Result<void> read(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t got =
          again_if_interrupted([&] { return ::read(file_.number(), bytes.data(), bytes.size()); });
      if (got < 0) return failed("Reading", name_, errno);
      if (got == 0) return Error(ErrorCode::io, name_ + " ended before its time.");
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
    return {};
  }

 private:
  Descriptor file_;
  std::uint64_t size_;
  std::string name_;
};

}  // namespace

Result<void> SystemFiles::make_folder(const std::string& folder) {
  std::error_code problem;
  const bool is_new = std::filesystem::create_directories(folder, problem);
  if (problem) return failed("Making the folder", folder, problem.value());
  if (!is_new) return {};
  // Its own name must be on the disk too, or a power cut takes it with all that is in it.
  const auto parent = std::filesystem::path(folder).parent_path();
  return sync_folder(parent.empty() ? "." : parent.string());
}

Result<std::vector<std::string>> SystemFiles::names_in(const std::string& folder) {
  std::error_code problem;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entries(folder, problem);
  const std::filesystem::directory_iterator end;
  while (!problem && entries != end) {
    names.push_back(entries->path().filename().string());
    entries.increment(problem);
  }
  if (problem) return failed("Looking into the folder", folder, problem.value());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::unique_ptr<FileSystem::Writer>> SystemFiles::create(const std::string& file) {
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const int number = again_if_interrupted(
      [&] { return ::open(file.c_str(), flags, S_IRUSR | S_IWUSR | S_IRGRP); });
  if (number < 0) return failed("Creating", file, errno);
  return std::unique_ptr<Writer>(std::make_unique<SystemWriter>(Descriptor(number), file));
}

Result<std::unique_ptr<FileSystem::Reader>> SystemFiles::open(const std::string& file) {
  const int number =
      again_if_interrupted([&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC); });
  if (number < 0) return failed("Opening", file, errno);
  Descriptor descriptor(number);
  struct stat status = {};
  if (::fstat(number, &status) < 0) return failed("Looking at", file, errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return std::unique_ptr<Reader>(std::make_unique<SystemReader>(std::move(descriptor), size, file));
}

Result<void> SystemFiles::rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return failed("Renaming", from, errno);
  return {};
}

Result<void> SystemFiles::remove(const std::string& file) {
  if (::unlink(file.c_str()) != 0) return failed("Removing", file, errno);
  return {};
}

Result<void> SystemFiles::sync_folder(const std::string& folder) {
  const int number =
      again_if_interrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_CLOEXEC); });
  if (number < 0) return failed("Opening the folder", folder, errno);
  const Descriptor descriptor(number);
  const int done = again_if_interrupted([&] { return ::fsync(number); });
  if (done < 0) return failed("Writing to the disk what is in the folder", folder, errno);
  return {};
}

}  // namespace moshpit
