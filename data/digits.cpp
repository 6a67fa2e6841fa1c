#include "data/digits.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace moshpit {
namespace {

constexpr std::size_t side = 28;  // as in MNIST, so that one model fits both
constexpr std::size_t digits = 10;

struct Point {
  double x = 0;  // to the right
  double y = 0;  // down
};

// A line through points of the unit square: straight from one to the next, or a Catmull-Rom curve.
struct Stroke {
  bool curved = false;
  std::span<const Point> points;
};

// One way to write a digit.
struct Glyph {
  std::span<const Stroke> strokes;
};

constexpr Point zero_ring[] = {{.50, .10}, {.75, .22}, {.80, .50}, {.75, .78}, {.50, .90},
                               {.25, .78}, {.20, .50}, {.25, .22}, {.50, .10}};
constexpr Point one_flag[] = {{.33, .30}, {.55, .10}, {.55, .90}};
constexpr Point one_plain[] = {{.50, .10}, {.50, .90}};
constexpr Point two_neck[] = {{.22, .30}, {.32, .14}, {.55, .10}, {.75, .22},
                              {.72, .42}, {.50, .62}, {.22, .88}};
constexpr Point two_foot[] = {{.22, .88}, {.80, .88}};
constexpr Point three_top[] = {{.25, .16}, {.50, .10}, {.72, .20}, {.70, .38}, {.45, .48}};
constexpr Point three_belly[] = {{.45, .48}, {.72, .56}, {.78, .74}, {.55, .90}, {.24, .84}};
constexpr Point four_closed[] = {{.62, .90}, {.62, .10}, {.20, .62}, {.82, .62}};
constexpr Point four_open[] = {{.28, .10}, {.25, .52}, {.78, .52}};
constexpr Point four_post[] = {{.70, .10}, {.66, .90}};
constexpr Point five_hat[] = {{.74, .10}, {.32, .10}, {.28, .44}};
constexpr Point five_belly[] = {{.28, .44}, {.50, .40}, {.74, .50},
                                {.76, .72}, {.55, .90}, {.24, .84}};
constexpr Point six_hook[] = {{.68, .10}, {.42, .26}, {.26, .55}, {.30, .82}, {.52, .90},
                              {.74, .78}, {.70, .56}, {.50, .50}, {.29, .62}};
constexpr Point seven_hook[] = {{.20, .12}, {.80, .12}, {.42, .90}};
constexpr Point seven_bar[] = {{.36, .50}, {.74, .50}};
constexpr Point eight_loops[] = {{.50, .48}, {.27, .34}, {.30, .16}, {.50, .10}, {.70, .16},
                                 {.73, .34}, {.50, .48}, {.24, .62}, {.26, .82}, {.50, .90},
                                 {.74, .82}, {.76, .62}, {.50, .48}};
constexpr Point nine_hook[] = {{.71, .36}, {.50, .48}, {.30, .40}, {.28, .20}, {.50, .10},
                               {.70, .20}, {.71, .36}, {.68, .65}, {.56, .90}};

constexpr Stroke zero[] = {{true, zero_ring}};
constexpr Stroke one_a[] = {{false, one_flag}};
constexpr Stroke one_b[] = {{false, one_plain}};
constexpr Stroke two[] = {{true, two_neck}, {false, two_foot}};
constexpr Stroke three[] = {{true, three_top}, {true, three_belly}};
constexpr Stroke four_a[] = {{false, four_closed}};
constexpr Stroke four_b[] = {{false, four_open}, {false, four_post}};
constexpr Stroke five[] = {{false, five_hat}, {true, five_belly}};
constexpr Stroke six[] = {{true, six_hook}};
constexpr Stroke seven_a[] = {{false, seven_hook}};
constexpr Stroke seven_b[] = {{false, seven_hook}, {false, seven_bar}};
constexpr Stroke eight[] = {{true, eight_loops}};
constexpr Stroke nine[] = {{true, nine_hook}};

// Two ways to write each; the same one twice where people agree.
constexpr Glyph glyphs[digits][2] = {
    {{zero}, {zero}},     {{one_a}, {one_b}}, {{two}, {two}}, {{three}, {three}},
    {{four_a}, {four_b}}, {{five}, {five}},   {{six}, {six}}, {{seven_a}, {seven_b}},
    {{eight}, {eight}},   {{nine}, {nine}},
};

// How unlike the digits are. Set so that 256 hidden units get 96 % of 2,000 unseen ones right after
// 8 passes over 12,000, and a linear model 65 %.
constexpr double wobble = 0.05;    // of each point of a stroke, in units of the digit
constexpr double turn = 0.20;      // tangent of half the angle: up to 23 degrees
constexpr double slant = 0.35;     // sideways for each unit of height
constexpr double smallest = 13.0;  // width and height, in pixels
constexpr double largest = 23.0;
constexpr double shift = 3.0;     // of the centre, in pixels
constexpr double thinnest = 0.6;  // half the width of a stroke, in pixels
constexpr double thickest = 1.7;
constexpr double palest = 0.55;  // ink, where 1 is black
constexpr double stray = 0.5;    // chance of a stroke that belongs to no digit
constexpr int noise = 50;        // added to or taken from each pixel, at most, of 255

constexpr int pieces =
    5;  // straight pieces of a curve from one point to the next: shorter than two pixels

double between(Random& random, double low, double high) {
  return low + (high - low) * random.unit();
}

// Takes the unit square to pixels.
struct Placement {
  double xx, xy, yx, yy;
  Point centre;

  Point operator()(Point point) const {
    const double x = point.x - 0.5;
    const double y = point.y - 0.5;
    return {centre.x + xx * x + xy * y, centre.y + yx * x + yy * y};
  }
};

Placement draw_placement(Random& random) {
  const double half = between(random, -turn, turn);
  const double cosine = (1 - half * half) / (1 + half * half);
  const double sine = 2 * half / (1 + half * half);
  const double lean = between(random, -slant, slant);
  const double width = between(random, smallest, largest);
  const double height = between(random, smallest, largest);
  const double middle = static_cast<double>(side) / 2;
  Point centre;
  centre.x = middle + between(random, -shift, shift);
  centre.y = middle + between(random, -shift, shift);
  return {cosine * width, (cosine * lean - sine) * height, sine * width,
          (sine * lean + cosine) * height, centre};
}

// Between b and c at t in [0, 1], with a before and d after them (Catmull and Rom 1974).
double curve(double a, double b, double c, double d, double t) {
  const double linear = c - a;
  const double square = 2 * a - 5 * b + 4 * c - d;
  const double cube = 3 * (b - c) + d - a;
  return b + 0.5 * t * (linear + t * (square + t * cube));
}

std::vector<Point> bend(std::span<const Point> points) {
  std::vector<Point> line{points.front()};
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const Point a = points[i == 0 ? 0 : i - 1];
    const Point b = points[i];
    const Point c = points[i + 1];
    const Point d = points[std::min(i + 2, points.size() - 1)];
    for (int piece = 1; piece <= pieces; ++piece) {
      const double t = static_cast<double>(piece) / pieces;
      line.push_back({curve(a.x, b.x, c.x, d.x, t), curve(a.y, b.y, c.y, d.y, t)});
    }
  }
  return line;
}

double distance(Point from, Point begin, Point end) {
  const double along_x = end.x - begin.x;
  const double along_y = end.y - begin.y;
  const double length = along_x * along_x + along_y * along_y;
  const double projected = (from.x - begin.x) * along_x + (from.y - begin.y) * along_y;
  const double t = length > 0 ? std::clamp(projected / length, 0.0, 1.0) : 0.0;
  const double x = from.x - begin.x - t * along_x;
  const double y = from.y - begin.y - t * along_y;
  return std::sqrt(x * x + y * y);
}

class Canvas {
 public:
  void line(std::span<const Point> points, double radius, double ink) {
    for (std::size_t i = 0; i + 1 < points.size(); ++i)
      piece(points[i], points[i + 1], radius, ink);
  }

  double at(std::size_t pixel) const { return ink_[pixel]; }

 private:
  void piece(Point begin, Point end, double radius, double ink) {
    const double reach = radius + 1;
    const std::size_t left = pixel(std::min(begin.x, end.x) - reach);
    const std::size_t right = pixel(std::max(begin.x, end.x) + reach);
    const std::size_t bottom = pixel(std::max(begin.y, end.y) + reach);
    for (std::size_t y = pixel(std::min(begin.y, end.y) - reach); y <= bottom; ++y) {
      for (std::size_t x = left; x <= right; ++x) {
        const Point here{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
        // A pixel on the rim is covered in part.
        const double cover = std::clamp(radius + 0.5 - distance(here, begin, end), 0.0, 1.0);
        ink_[y * side + x] = std::max(ink_[y * side + x], cover * ink);
      }
    }
  }

  static std::size_t pixel(double coordinate) {
    return static_cast<std::size_t>(std::clamp(coordinate, 0.0, static_cast<double>(side - 1)));
  }

  std::array<double, side * side> ink_{};
};

void draw_glyph(Random& random, Canvas& canvas, const Glyph& glyph) {
  const Placement place = draw_placement(random);
  const double radius = between(random, thinnest, thickest);
  const double ink = between(random, palest, 1);
  for (const Stroke& stroke : glyph.strokes) {
    std::vector<Point> points;
    for (Point point : stroke.points) {
      point.x += between(random, -wobble, wobble);
      point.y += between(random, -wobble, wobble);
      points.push_back(place(point));
    }
    canvas.line(stroke.curved ? bend(points) : points, radius, ink);
  }
}

void draw_stray_stroke(Random& random, Canvas& canvas) {
  std::array<Point, 2> ends;
  for (Point& end : ends) {
    end.x = between(random, 0, side);
    end.y = between(random, 0, side);
  }
  // A third of the way, so that it does not cross out the digit.
  ends[1].x = ends[0].x + (ends[1].x - ends[0].x) / 3;
  ends[1].y = ends[0].y + (ends[1].y - ends[0].y) / 3;
  canvas.line(ends, thinnest, palest);
}

// The sum of two uniform draws: a triangle around zero, at most `noise` away. Two bytes of a draw a
// pixel keep it cheap.
void develop(Random& random, const Canvas& canvas, std::span<std::uint8_t> image) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (i % 4 == 0) word = random.next();
    const int grain = static_cast<int>(word & 255) - static_cast<int>(word >> 8 & 255);
    word >>= 16;
    const int grey = static_cast<int>(canvas.at(i) * 255) + grain * noise / 255;
    image[i] = static_cast<std::uint8_t>(std::clamp(grey, 0, 255));
  }
}

Examples draw_examples(Random random, std::size_t count) {
  Examples examples;
  examples.shape = {1, side, side};
  examples.images.resize(count * examples.pixels());
  examples.labels.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t digit = i % digits;
    Canvas canvas;
    const bool second = random.chance(0.5);
    draw_glyph(random, canvas, glyphs[digit][second ? 1 : 0]);
    if (random.chance(stray)) draw_stray_stroke(random, canvas);
    develop(random, canvas,
            std::span(examples.images).subspan(i * examples.pixels(), examples.pixels()));
    examples.labels[i] = static_cast<Label>(digit);
  }
  return examples;
}

}  // namespace

Dataset draw_digits(const DigitsOptions& options) {
  Random random(options.seed);
  const Random for_train = random.fork();
  const Random for_test = random.fork();
  return Dataset{digits, draw_examples(for_train, options.train),
                 draw_examples(for_test, options.test)};
}

}  // namespace moshpit
