// gloo as a contender of `moshpit bench all-reduce`: all its processes, over TCP on the loopback.
//
//   moshpit-gloo ring|halving-doubling PEERS BYTES ROUNDS
#include <cstdio>
#include <exception>
#include <filesystem>
#include <gloo/allreduce.h>
#include <gloo/allreduce_halving_doubling.h>
#include <gloo/barrier.h>
#include <gloo/math.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/transport/tcp/device.h>
#include <memory>
#include <stdlib.h>
#include <string>

#include "app/bench/contest.hpp"

namespace moshpit {
namespace {

using GlooContext = std::shared_ptr<gloo::rendezvous::Context>;

// Where the processes leave one another their addresses. The first one takes it away.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "moshpit-gloo-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) throw std::runtime_error("no folder for gloo's addresses");
  }
  const std::string& path() const { return path_; }
  void remove() const { std::filesystem::remove_all(path_); }

 private:
  std::string path_;
};

GlooContext connect(const Contest& contest, std::uint32_t rank, const Folder& folder) {
  gloo::transport::tcp::attr attributes;
  attributes.iface = "lo";
  auto device = gloo::transport::tcp::CreateDevice(attributes);
  gloo::rendezvous::FileStore store(folder.path());
  auto context = std::make_shared<gloo::rendezvous::Context>(static_cast<int>(rank),
                                                             static_cast<int>(contest.peers));
  context->connectFullMesh(store, device);
  return context;
}

std::uint32_t rank_of(const GlooContext& context) {
  return static_cast<std::uint32_t>(context->rank);
}

void meet(const GlooContext& context) {
  gloo::BarrierOptions options(context);
  gloo::barrier(options);
}

// Its newer function: a ring, in segments that stay in the cache.
void compete_in_a_ring(const Contest& contest, const GlooContext& context) {
  std::vector<float> values(contest.elements());
  const auto reduce = [&] {
    gloo::AllreduceOptions options(context);
    options.setAlgorithm(gloo::AllreduceOptions::Algorithm::RING);
    options.setOutput(values.data(), values.size());
    void (*sum)(void*, const void*, const void*, std::size_t) = &gloo::sum<float>;
    options.setReduceFunction(sum);
    gloo::allreduce(options);
  };
  compete(
      contest, rank_of(context), values, [&] { meet(context); }, reduce);
}

// An older one, faster for small vectors.
void compete_by_halves(const Contest& contest, const GlooContext& context) {
  std::vector<float> values(contest.elements());
  gloo::AllreduceHalvingDoubling<float> algorithm(context, {values.data()},
                                                  static_cast<int>(values.size()));
  compete(
      contest, rank_of(context), values, [&] { meet(context); }, [&] { algorithm.run(); });
}

int run(const std::string& algorithm, const Contest& contest) {
  const Folder folder;
  const Copies copies(contest.peers);
  const GlooContext context = connect(contest, copies.rank(), folder);
  meet(context);
  if (copies.rank() == 0) folder.remove();  // everybody has read it
  if (algorithm == "ring") {
    compete_in_a_ring(contest, context);
  } else {
    compete_by_halves(contest, context);
  }
  return copies.exit_code(0);
}

}  // namespace
}  // namespace moshpit

int main(int count, char** words) {
  if (count != 5) return 2;
  try {
    return moshpit::run(words[1], moshpit::Contest::parse(words + 2));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "moshpit-gloo: %s\n", error.what());
    return 1;
  }
}
