// Shapes as fields of messages. Included by wire/*.cpp only.
#pragma once

#include <optional>

#include "shape.pb.h"
#include "wire/shape.hpp"

namespace moshpit {

void to_wire(const Shape& shape, wire::Shape& out);

// Nothing if the grid is out of bounds or the roster not ascending or too long for it.
std::optional<Shape> shape_from_wire(const wire::Shape& message);

}  // namespace moshpit
