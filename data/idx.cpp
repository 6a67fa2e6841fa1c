#include "data/idx.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <zlib.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// Deflate cannot do better than 258 bytes for 2 bits, so a compressed file that claims more is
// lying.
constexpr std::uint64_t best_compression = 1032;

// Larger than any data set in this format that a small network is for (EMNIST: 0.64 GB), and small
// enough to hold in memory.
constexpr std::uint64_t size_limit = std::uint64_t{1} << 30;

// A megapixel: beyond it the two factors are garbage, and below it no product here overflows.
constexpr std::uint64_t pixels_limit = std::uint64_t{1} << 20;

// Large enough that zlib works through its own buffers, small enough that a lie about the size
// costs nothing.
constexpr std::size_t read_size = std::size_t{1} << 20;

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};
using Gzip = std::unique_ptr<gzFile_s, CloseGzip>;

struct IdxFile {
  std::string name;  // for a person
  std::uint64_t length = 0;
  Gzip stream;
};

// What an IDX file holds: `count` items of one shape.
struct IdxContent {
  std::string name;
  std::size_t count = 0;
  ImageShape shape{1, 1, 1};  // of an item; labels are one byte
  std::vector<std::uint8_t> bytes;
};

Error bad(const IdxFile& file, std::string_view sentence) {
  return Error(ErrorCode::bad_data, fmt::format("{} {}", file.name, sentence));
}

std::optional<std::filesystem::path> find(const std::filesystem::path& folder,
                                          const std::string& name) {
  for (const std::string& candidate : {name, name + ".gz"}) {
    std::error_code ignored;  // what cannot be looked at is not there
    if (std::filesystem::is_regular_file(folder / candidate, ignored)) return folder / candidate;
  }
  return std::nullopt;
}

Result<IdxFile> open(const std::filesystem::path& folder, const std::string& name) {
  const auto path = find(folder, name);
  if (!path) {
    return Error(ErrorCode::io, fmt::format("{} holds neither {} nor {}.gz; name the folder with "
                                            "the four IDX files of the data set",
                                            folder.string(), name, name));
  }
  std::error_code failure;
  const std::uint64_t length = std::filesystem::file_size(*path, failure);
  Gzip stream(failure ? nullptr : gzopen(path->c_str(), "rb"));
  if (!stream) {
    const std::string why = failure ? failure.message() : std::strerror(errno);
    return Error(ErrorCode::io,
                 fmt::format("{} cannot be read ({}); check its permissions", path->string(), why));
  }
  return IdxFile{path->string(), length, std::move(stream)};
}

// As many bytes as there are, up to `wanted`; fewer only at the end of the file. Memory grows with
// what arrives.
Result<std::vector<std::uint8_t>> read(IdxFile& file, std::size_t wanted) {
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < wanted) {
    const std::size_t have = bytes.size();
    const std::size_t next = std::min(read_size, wanted - have);
    bytes.resize(have + next);
    const int got = gzread(file.stream.get(), bytes.data() + have, static_cast<unsigned>(next));
    if (got < 0) return bad(file, "is damaged: it does not decompress; fetch it again");
    bytes.resize(have + static_cast<std::size_t>(got));
    if (static_cast<std::size_t>(got) < next) break;
  }
  return bytes;
}

std::uint32_t big_endian(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         std::uint32_t{at[3]};
}

// The number at the front and the `dimensions` sizes after it, from which count and shape
// follow.
Result<IdxContent> read_header(IdxFile& file, std::uint32_t dimensions) {
  const std::size_t size = 4 + 4 * std::size_t{dimensions};
  auto header = read(file, size);
  if (!header) return header.error();
  if (header->size() < size) {
    return bad(file, fmt::format("ends inside its header, after {} of {} bytes; fetch it again",
                                 header->size(), size));
  }
  const std::uint32_t magic = big_endian(header->data());
  const std::uint32_t expected = 0x800 + dimensions;  // 08: unsigned bytes
  if (magic != expected) {
    return bad(file, fmt::format("begins with {:#010x} and not with {:#010x}; it is not the IDX "
                                 "file that its name says: put the right one there",
                                 magic, expected));
  }
  IdxContent content{file.name, big_endian(header->data() + 4), {1, 1, 1}, {}};
  if (dimensions == 3) {
    const std::uint64_t rows = big_endian(header->data() + 8);
    const std::uint64_t columns = big_endian(header->data() + 12);
    if (rows == 0 || columns == 0 || rows > pixels_limit || rows * columns > pixels_limit) {
      return bad(file,
                 fmt::format("claims images of {} x {} pixels; fetch it again", rows, columns));
    }
    content.shape = {1, rows, columns};
  }
  return content;
}

// Before anything is read or allocated: can a file of this length hold what its header claims?
Result<void> check_claim(const IdxFile& file, const IdxContent& content) {
  const std::uint64_t claimed = std::uint64_t{content.count} * content.shape.pixels();
  if (claimed == 0) return bad(file, "is empty: it declares no items; fetch it again");
  const bool compressed = gzdirect(file.stream.get()) == 0;
  const std::uint64_t possible = compressed ? file.length * best_compression : file.length;
  if (claimed > possible) {
    return bad(file, fmt::format("declares {} bytes of content, more than its {} bytes can hold; "
                                 "fetch it again",
                                 claimed, file.length));
  }
  if (claimed > size_limit) {
    return bad(file, fmt::format("declares {} bytes of content, and at most {} are accepted; use "
                                 "a smaller data set",
                                 claimed, size_limit));
  }
  return {};
}

Result<IdxContent> read_content(const std::filesystem::path& folder, const std::string& name,
                                std::uint32_t dimensions) {
  auto file = open(folder, name);
  if (!file) return file.error();
  auto content = read_header(*file, dimensions);
  if (!content) return content;
  if (auto claim = check_claim(*file, *content); !claim) return claim.error();

  const std::size_t claimed = content->count * content->shape.pixels();
  auto bytes = read(*file, claimed);
  if (!bytes) return bytes.error();
  if (bytes->size() < claimed) {
    return bad(*file, fmt::format("is cut short: {} of {} bytes of content are there; fetch it "
                                  "again",
                                  bytes->size(), claimed));
  }
  // Reading on to the end also makes zlib compare the checksum.
  auto rest = read(*file, 1);
  if (!rest) return rest.error();
  if (!rest->empty()) return bad(*file, "goes on after its last item; fetch it again");
  int status = Z_OK;
  gzerror(file->stream.get(), &status);
  if (status != Z_OK) return bad(*file, "is cut short: its checksum is missing; fetch it again");
  content->bytes = std::move(*bytes);
  return content;
}

Result<void> check_labels(const IdxContent& labels, std::size_t classes) {
  for (std::size_t i = 0; i < labels.bytes.size(); ++i) {
    if (labels.bytes[i] < classes) continue;
    return Error(ErrorCode::bad_data,
                 fmt::format("{} gives item {} the label {}, and labels are 0 to {}; use a data "
                             "set with {} classes",
                             labels.name, i, labels.bytes[i], classes - 1, classes));
  }
  return {};
}

Result<Examples> read_examples(const std::filesystem::path& folder, const std::string& part,
                               std::size_t classes) {
  auto images = read_content(folder, part + "-images-idx3-ubyte", 3);
  if (!images) return images.error();
  auto labels = read_content(folder, part + "-labels-idx1-ubyte", 1);
  if (!labels) return labels.error();
  if (images->count != labels->count) {
    return Error(ErrorCode::bad_data,
                 fmt::format("{} holds {} images, and {} holds {} labels; they are not of one data "
                             "set: fetch both again",
                             images->name, images->count, labels->name, labels->count));
  }
  if (auto checked = check_labels(*labels, classes); !checked) return checked.error();
  return Examples{
      images->shape, std::move(images->bytes), {labels->bytes.begin(), labels->bytes.end()}};
}

}  // namespace

Result<Dataset> read_idx(const std::filesystem::path& folder, std::size_t classes) {
  MOSHPIT_ASSERT(classes > 0 && classes <= 256);
  auto train = read_examples(folder, "train", classes);
  if (!train) return train.error();
  auto test = read_examples(folder, "t10k", classes);
  if (!test) return test.error();
  if (train->shape != test->shape) {
    return Error(
        ErrorCode::bad_data,
        fmt::format("{} holds training images of {} x {} pixels and test images of {} x {}; they "
                    "are not of one data set: fetch all four files again",
                    folder.string(), train->shape.height, train->shape.width, test->shape.height,
                    test->shape.width));
  }
  return Dataset{classes, std::move(*train), std::move(*test)};
}

}  // namespace moshpit
