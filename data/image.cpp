#include "data/image.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <png.h>
#include <string_view>
#include <turbojpeg.h>

#include "base/assert.hpp"

namespace moshpit {
namespace {

// Far beyond any camera's picture that makes sense in a data set; a header may claim 4 gigapixels.
constexpr std::uint64_t pixels_limit = std::uint64_t{1} << 26;

// Row by row, the channels of a pixel side by side.
struct Picture {
  std::size_t channels = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::vector<std::uint8_t> bytes;
};

Error bad(const std::string& name, std::string_view why) {
  return Error(ErrorCode::bad_data,
               fmt::format("{} {}; fetch it again, or take it out of the folder", name, why));
}

bool fits(std::uint64_t height, std::uint64_t width) {
  return height > 0 && width > 0 && height <= pixels_limit && width <= pixels_limit &&
         height * width <= pixels_limit;
}

struct CloseDecoder {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};

Result<Picture> decode_jpeg(std::span<const std::uint8_t> file, std::size_t channels,
                            const std::string& name) {
  const std::unique_ptr<void, CloseDecoder> decoder(tjInitDecompress());
  MOSHPIT_ASSERT(decoder != nullptr);
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
  const auto size = static_cast<unsigned long>(file.size());
  if (tjDecompressHeader3(decoder.get(), file.data(), size, &width, &height, &subsampling,
                          &colours) != 0) {
    return bad(name, fmt::format("is a damaged JPEG ({})", tjGetErrorStr2(decoder.get())));
  }
  if (!fits(static_cast<std::uint64_t>(height), static_cast<std::uint64_t>(width))) {
    return bad(name, fmt::format("claims {} x {} pixels", height, width));
  }
  Picture picture{channels, static_cast<std::size_t>(height), static_cast<std::size_t>(width), {}};
  picture.bytes.resize(channels * picture.height * picture.width);
  const int format = channels == 1 ? TJPF_GRAY : TJPF_RGB;
  if (tjDecompress2(decoder.get(), file.data(), size, picture.bytes.data(), width, 0, height,
                    format, TJFLAG_STOPONWARNING) != 0) {
    return bad(name, fmt::format("is a damaged JPEG ({})", tjGetErrorStr2(decoder.get())));
  }
  return picture;
}

struct ClosePng {
  void operator()(png_image* image) const { png_image_free(image); }
};

Result<Picture> decode_png(std::span<const std::uint8_t> file, std::size_t channels,
                           const std::string& name) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, ClosePng> closed(&image);
  if (!png_image_begin_read_from_memory(&image, file.data(), file.size())) {
    return bad(name, fmt::format("is a damaged PNG ({})", image.message));
  }
  if (!fits(image.height, image.width)) {
    return bad(name, fmt::format("claims {} x {} pixels", image.height, image.width));
  }
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  Picture picture{channels, image.height, image.width, {}};
  picture.bytes.resize(channels * picture.height * picture.width);
  const png_color black{0, 0, 0};
  if (!png_image_finish_read(&image, &black, picture.bytes.data(), 0, nullptr)) {
    return bad(name, fmt::format("is a damaged PNG ({})", image.message));
  }
  return picture;
}

// Which pixels of a line an output pixel is the mean of: [first, first + weights.size()).
struct Window {
  std::size_t first = 0;
  std::vector<float> weights;  // 1 together
};

// One window a pixel of the output, for a line of `size` pixels that is shrunk or stretched by
// `step` and cropped to its middle. A triangle as wide as an output pixel, and at least as one of
// the input: bilinear where it grows, without aliasing where it shrinks.
std::vector<Window> windows(std::size_t size, std::size_t output, double step) {
  const double begin = (static_cast<double>(size) - step * static_cast<double>(output)) / 2;
  const double reach = std::max(step, 1.0);
  const auto last = static_cast<double>(size - 1);
  std::vector<Window> all(output);
  for (std::size_t i = 0; i < output; ++i) {
    const double centre = begin + (static_cast<double>(i) + 0.5) * step - 0.5;
    const double from = std::clamp(std::ceil(centre - reach), 0.0, last);
    const double to = std::clamp(std::floor(centre + reach), from, last);
    all[i].first = static_cast<std::size_t>(from);
    float sum = 0;
    for (double at = from; at <= to; ++at) {
      // At the very edge nothing may be within reach but the edge itself.
      const double weight = std::max(1 - std::abs(at - centre) / reach, 1e-6);
      all[i].weights.push_back(static_cast<float>(weight));
      sum += all[i].weights.back();
    }
    for (float& weight : all[i].weights) weight /= sum;
  }
  return all;
}

// The rows first, then the columns, of one channel.
void resize(const Picture& picture, std::size_t channel, const std::vector<Window>& down,
            const std::vector<Window>& across, std::uint8_t* plane) {
  std::vector<float> line(picture.width);
  for (const Window& rows : down) {
    std::fill(line.begin(), line.end(), 0.0f);
    for (std::size_t k = 0; k < rows.weights.size(); ++k) {
      const std::size_t row = (rows.first + k) * picture.width;
      for (std::size_t x = 0; x < picture.width; ++x) {
        line[x] += rows.weights[k] * picture.bytes[(row + x) * picture.channels + channel];
      }
    }
    for (const Window& columns : across) {
      float value = 0.5f;  // rounded, not cut off
      for (std::size_t k = 0; k < columns.weights.size(); ++k) {
        value += columns.weights[k] * line[columns.first + k];
      }
      *plane++ = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
    }
  }
}

bool begins_with(std::span<const std::uint8_t> file, std::string_view bytes) {
  return file.size() >= bytes.size() && std::memcmp(file.data(), bytes.data(), bytes.size()) == 0;
}

}  // namespace

Result<std::vector<std::uint8_t>> decode_image(std::span<const std::uint8_t> file,
                                               const ImageShape& shape, const std::string& name) {
  MOSHPIT_ASSERT((shape.channels == 1 || shape.channels == 3) && shape.pixels() > 0);
  const bool is_jpeg = begins_with(file, "\xff\xd8\xff");
  if (!is_jpeg && !begins_with(file, "\x89PNG\r\n")) return bad(name, "is neither JPEG nor PNG");
  auto picture =
      is_jpeg ? decode_jpeg(file, shape.channels, name) : decode_png(file, shape.channels, name);
  if (!picture) return picture.error();
  // The side that has less to spare decides the scale.
  const double step =
      std::min(static_cast<double>(picture->height) / static_cast<double>(shape.height),
               static_cast<double>(picture->width) / static_cast<double>(shape.width));
  const auto down = windows(picture->height, shape.height, step);
  const auto across = windows(picture->width, shape.width, step);
  std::vector<std::uint8_t> planes(shape.pixels());
  for (std::size_t channel = 0; channel < shape.channels; ++channel) {
    resize(*picture, channel, down, across, planes.data() + channel * shape.height * shape.width);
  }
  return planes;
}

}  // namespace moshpit
