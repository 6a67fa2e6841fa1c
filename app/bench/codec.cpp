#include "app/bench/codec.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/bench/match_log.hpp"
#include "app/commands.hpp"
#include "app/output.hpp"
#include "base/random.hpp"
#include "codec/codec.hpp"

namespace moshpit {
namespace {

// As much as fits into the second-level cache with what it is encoded to and decoded from it.
constexpr std::size_t chunk_bytes = std::size_t{64} << 10;
constexpr std::size_t chunk_elements = chunk_bytes / sizeof(float);

struct Speed {
  double best = 0;  // in GB/s of fp32
  double median = 0;
};

// One codec on one vector, chunk by chunk.
class CodecTrial {
 public:
  CodecTrial(Codec codec, std::span<const float> values)
      : codec_(codec),
        values_(values),
        size_(encoded_size(codec, chunk_elements)),
        encoded_(values.size() / chunk_elements * size_),
        decoded_(values.size()) {}

  void encode_chunk(std::size_t chunk) {
    encode(codec_, values_.subspan(chunk * chunk_elements, chunk_elements),
           std::span(encoded_).subspan(chunk * size_, size_));
  }
  void decode_chunk(std::size_t chunk) {
    decode(codec_, encoded(chunk), chunk_elements, 0,
           std::span(decoded_).subspan(chunk * chunk_elements, chunk_elements));
  }
  // Into sums that stay in the cache, as those of a mean do.
  void add_chunk(std::size_t chunk) {
    for (std::size_t first = 0; first < chunk_elements; first += codec_block) {
      add_weighted(codec_, encoded(chunk), chunk_elements, first, 0.5, sums_);
    }
  }
  void check_chunk(std::size_t chunk) {
    if (!all_finite(codec_, encoded(chunk), chunk_elements)) finite_ = false;
  }

  bool finite() const { return finite_; }

  // The largest error as a part of its bound: not above 1. Requires: all chunks are decoded.
  double error_of_bound() const {
    double worst = 0;
    for (std::size_t first = 0; first < values_.size(); first += codec_block) {
      float largest = 0;
      for (const float value : values_.subspan(first, codec_block)) {
        largest = std::max(largest, std::abs(value));
      }
      for (std::size_t i = first; i < first + codec_block; ++i) {
        const double error = std::abs(static_cast<double>(decoded_[i]) - values_[i]);
        if (error > 0) worst = std::max(worst, error / encoding_error(codec_, values_[i], largest));
      }
    }
    return worst;
  }

 private:
  ByteView encoded(std::size_t chunk) const {
    return ByteView(encoded_).subspan(chunk * size_, size_);
  }

  Codec codec_;
  std::span<const float> values_;
  std::size_t size_;  // of an encoded chunk
  Bytes encoded_;
  std::vector<float> decoded_;
  std::array<double, codec_block> sums_{};
  bool finite_ = true;
};

struct Operation {
  const char* name;
  void (CodecTrial::*act)(std::size_t chunk);
};
constexpr std::array operations = {Operation{"encode", &CodecTrial::encode_chunk},
                                   Operation{"decode", &CodecTrial::decode_chunk},
                                   Operation{"add_weighted", &CodecTrial::add_chunk},
                                   Operation{"all_finite", &CodecTrial::check_chunk}};

// From memory first: that encodes and decodes every chunk.
struct Place {
  const char* name;
  bool cached;
};
constexpr std::array places = {Place{"memory", false}, Place{"cache", true}};

class BenchCodec {
 public:
  BenchCodec(const BenchCodecOptions& options, const Output& output)
      : options_(options), output_(output), values_(options.bytes / chunk_bytes * chunk_elements) {
    Random random(1);
    for (float& value : values_) value = static_cast<float>(random.normal());
  }

  // Returns the program's exit code.
  int run() {
    output_.say(
        fmt::format("{}, one core, {} MiB in chunks of {} KiB; GB/s of fp32, best (median) "
                    "of {} runs",
                    simd_target(), options_.bytes >> 20, chunk_bytes >> 10, options_.runs));
    std::string heading = fmt::format("{:6}{:8}", "codec", "from");
    for (const Operation& operation : operations) heading += fmt::format("{:>16}", operation.name);
    output_.say(heading + "   error/bound");
    bool good = true;
    for (const Codec codec : {Codec::fp32, Codec::fp16, Codec::bf16, Codec::int8}) {
      if (!measure(codec)) good = false;
    }
    return good ? 0 : 1;
  }

 private:
  bool measure(Codec codec) {
    CodecTrial trial(codec, values_);
    nlohmann::json line{{"event", "codec"}, {"codec", name_of(codec)}, {"simd", simd_target()}};
    std::vector<std::string> rows;
    for (const Place& place : places) {
      std::string& row = rows.emplace_back(fmt::format("{:6}{:8}", name_of(codec), place.name));
      for (const Operation& operation : operations) {
        const Speed speed = speed_of(trial, operation, place);
        row += fmt::format("{:>8.1f} ({:5.1f})", speed.best, speed.median);
        line[place.name][operation.name] = {{"best", speed.best}, {"median", speed.median}};
      }
    }
    const double error = trial.error_of_bound();
    line["bytes_per_value"] = encoded_size(codec, chunk_elements) / double{chunk_elements};
    line["error_of_bound"] = error;
    rows.front() += fmt::format("{:>14.4f}", error);
    for (const std::string& row : rows) output_.say(row);
    output_.event(line);
    return error <= 1 && trial.finite();
  }

  Speed speed_of(CodecTrial& trial, const Operation& operation, const Place& place) const {
    const std::size_t chunks = values_.size() / chunk_elements;
    std::vector<double> speeds;
    for (std::uint32_t run = 0; run < options_.runs; ++run) {
      const auto begun = std::chrono::steady_clock::now();
      for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
        (trial.*operation.act)(place.cached ? 0 : chunk);
      }
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
      speeds.push_back(static_cast<double>(chunks * chunk_bytes) / taken.count() / 1e9);
    }
    std::sort(speeds.begin(), speeds.end());
    return {speeds.back(), quantile(speeds, 0.5)};
  }

  const BenchCodecOptions& options_;
  const Output& output_;
  std::vector<float> values_;
};

}  // namespace

void declare_bench_codec(CLI::App& bench, int& exit_code) {
  auto options = std::make_shared<BenchCodecOptions>();
  CLI::App* command =
      bench.add_subcommand("codec", "How fast values are encoded, decoded, summed and checked");
  command->add_option("--bytes", options->bytes, "Of the vector in fp32; 64M are 64 MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{1} << 20, std::uint64_t{1} << 32));
  command->add_option("--runs", options->runs, "Of each operation")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000));
  command->add_flag("--json", options->json, "One JSON object a codec");
  command->footer(
      "Exit code 1 if a value comes back further away than its codec's bound.\n"
      "Examples:\n"
      "  moshpit bench codec\n"
      "  moshpit bench codec --bytes 256M --json");
  command->callback(
      [options, &exit_code] { exit_code = BenchCodec(*options, Output(options->json)).run(); });
}

}  // namespace moshpit
