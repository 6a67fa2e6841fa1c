// FileSystem: the few calls to the operating system that a checkpoint needs. SystemFiles makes
// them; a test stands in for them and fails each one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// All errors are ErrorCode::io with a sentence that names the file.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  class Writer {
   public:
    virtual ~Writer() = default;  // closes
    virtual Result<void> write(ByteView bytes) = 0;
    // Returns when what was written is on the disk.
    virtual Result<void> sync() = 0;
  };
  class Reader {
   public:
    virtual ~Reader() = default;  // closes
    virtual std::uint64_t size() const = 0;
    // Fills all of it, from where the last call ended.
    virtual Result<void> read(std::span<std::byte> bytes) = 0;
  };

  virtual Result<void> make_folder(const std::string& folder) = 0;  // fine if it is there
  virtual Result<std::vector<std::string>> names_in(const std::string& folder) = 0;  // sorted
  virtual Result<std::unique_ptr<Writer>> create(const std::string& file) = 0;
  virtual Result<std::unique_ptr<Reader>> open(const std::string& file) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& file) = 0;
  // Returns when the names in it are on the disk.
  virtual Result<void> sync_folder(const std::string& folder) = 0;
};

// Those of the machine.
class SystemFiles final : public FileSystem {
 public:
  Result<void> make_folder(const std::string& folder) override;
  Result<std::vector<std::string>> names_in(const std::string& folder) override;
  Result<std::unique_ptr<Writer>> create(const std::string& file) override;
  Result<std::unique_ptr<Reader>> open(const std::string& file) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& file) override;
  Result<void> sync_folder(const std::string& folder) override;
};

}  // namespace moshpit
