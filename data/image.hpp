// Pictures in files, JPEG or PNG, as bytes of one shape: scaled until they cover it, and what
// stands out on two sides cut off, as ImageNet's are prepared. libjpeg-turbo and libpng decode.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "moshpit/result.hpp"

namespace moshpit {

// The picture in `file`, told by its first bytes: shape.pixels() bytes, plane by plane. One channel
// is grey, three are red, green and blue; what is transparent lies on black. `name` is for the
// sentence. Errors: bad_data if it is neither format, is damaged, or is beyond 64 megapixels.
// Requires: one or three channels, sides not zero.
Result<std::vector<std::uint8_t>> decode_image(std::span<const std::uint8_t> file,
                                               const ImageShape& shape, const std::string& name);

}  // namespace moshpit
