#include "train/catch_up.hpp"

#include <span>
#include <utility>

#include "base/hash.hpp"

namespace moshpit {
namespace {

Error no_state(const Contact& donor) {
  return Error(ErrorCode::unreachable,
               "The peer " + donor.id.brief() + " has no parameters to give: ask another one.");
}

Error damaged(const Contact& donor) {
  return Error(ErrorCode::bad_data, "What the peer " + donor.id.brief() +
                                        " sent is not what it had announced: ask another one.");
}

// A download in progress: pieces in order, from one state of one donor.
class Download {
 public:
  explicit Download(std::uint64_t elements) : elements_(elements) {}

  bool complete() const { return state_.parameters.size() == elements_; }

  Bytes next_question() const {
    return encode(TrainQuestion(StateQuestion{digest_, state_.parameters.size()}));
  }

  // False if the piece is not the one that was asked for.
  bool add(const StatePiece& piece) {
    const bool expected = piece.elements == elements_ && !piece.values.empty() &&
                          piece.offset == state_.parameters.size() &&
                          (!digest_ || *digest_ == piece.digest);
    if (!expected) return false;
    digest_ = piece.digest;
    state_.step = piece.step;
    auto& all = state_.parameters;
    all.insert(all.end(), piece.values.begin(), piece.values.end());
    return !complete() || sha256(std::as_bytes(std::span(all))) == *digest_;
  }

  RunState take() { return std::move(state_); }

 private:
  std::uint64_t elements_;
  std::optional<Digest> digest_;
  RunState state_;
};

}  // namespace

std::optional<Error> disagreement(const RunPlan& plan, const std::string& model,
                                  std::uint64_t elements) {
  const bool same_model = model.empty() || model == plan.model;
  const bool same_size = elements == 0 || elements == plan.elements;
  if (same_model && same_size) return std::nullopt;
  return Error(ErrorCode::incompatible,
               "This run trains '" + plan.model + "' (" + std::to_string(plan.elements) +
                   " values) and you brought '" + model + "' (" + std::to_string(elements) +
                   " values): start with the run's model.");
}

Task<Result<PlanAnswer>> fetch_plan(Network& network, Contact member, Time deadline) {
  Bytes question = encode(TrainQuestion(PlanQuestion()));
  auto bytes = co_await network.ask(member, Protocol::train, std::move(question), deadline);
  if (!bytes) co_return bytes.error();
  auto plan = decode_plan_answer(*bytes);
  if (plan) co_return *std::move(plan);
  co_return Error(ErrorCode::incompatible,
                  "The peer " + member.id.brief() +
                      " gave no plan of the run that this version understands: use the same one.");
}

Task<Result<RunState>> fetch_state(Network& network, Contact donor, std::uint64_t elements,
                                   Time deadline) {
  Download download(elements);
  while (!download.complete()) {
    Bytes question = download.next_question();
    auto bytes = co_await network.ask(donor, Protocol::train, std::move(question), deadline);
    if (!bytes) co_return bytes.error();
    if (bytes->empty()) co_return no_state(donor);
    const auto piece = decode_state_piece(*bytes);
    if (!piece || !download.add(*piece)) co_return damaged(donor);
  }
  Result<RunState> state = download.take();
  co_return state;
}

}  // namespace moshpit
