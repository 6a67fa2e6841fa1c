#include "train/catch_up.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Of more donors none is the faster for it, and each question costs somebody something.
constexpr std::size_t most_donors = 16;
// A donor that answers later than this to a small question is found again by the next survey.
constexpr Duration offer_takes = 1s;
// Who has too few donors looks around this often: others join, finish a step and come back.
constexpr Duration before_looking_again = 500ms;
// Otherwise: those that moved on to another state may give this one again, and new ones help.
constexpr Duration before_looking_again_later = 5s;

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

CatchUp::CatchUp(Network& network, Directory& directory, DirectoryKey key, Download& download)
    : network_(network),
      directory_(directory),
      key_(key),
      download_(download),
      complete_(network.loop()),
      tasks_(network.loop()) {
  download_.interrupted();
}

Task<bool> CatchUp::run(Time deadline) {
  deadline_ = deadline;
  tasks_.spawn(look_for_donors());
  tasks_.spawn(watch());
  const bool complete = co_await complete_.wait_until(deadline);
  tasks_.cancel();
  co_return complete;
}

Task<> CatchUp::look_for_donors() {
  while (true) {
    co_await survey();
    const Duration pause =
        download_.wants_donors() ? before_looking_again : before_looking_again_later;
    co_await network_.loop().sleep_for(pause);
  }
}

// Everybody at once who stands as donor, and whom this peer knows. Nothing is begun before all have
// told: there may be a better state than the first one.
Task<> CatchUp::survey() {
  const auto records = co_await directory_.look_up(key_);
  TaskGroup questions(network_.loop());
  for (const Contact& donor : donors_in(records)) questions.spawn(ask_offers(donor));
  co_await questions.join();  // no deadline: each question has one
  const Time now = network_.loop().now();
  for (auto& [donor, offers] : told_) download_.offered(donor, std::move(offers), now);
  told_.clear();
  go_on();
}

// Those first who stand for the state that most stand for.
std::vector<Contact> CatchUp::donors_in(const std::vector<Record>& records) const {
  std::vector<DonorOffers> offers;
  for (const Record& record : records) {
    if (const auto offer = decode_state_offer(record.value)) {
      offers.push_back({record.publisher.id, {*offer}});
    }
  }
  const auto choice = choose_state(offers);
  std::set<PeerId> best;
  for (const DonorOffers& one : offers) {
    if (choice && one.offers.front() == choice->state) best.insert(one.donor);
  }
  std::vector<Contact> donors;
  for (const Record& record : records) donors.push_back(record.publisher);
  for (const Contact& peer : network_.connected_peers()) donors.push_back(peer);
  std::stable_partition(donors.begin(), donors.end(),
                        [&](const Contact& one) { return best.contains(one.id); });
  std::set<PeerId> seen{network_.id()};
  std::erase_if(donors, [&](const Contact& one) {
    return download_.was_dropped(one.id) || !seen.insert(one.id).second;
  });
  if (donors.size() > most_donors) donors.resize(most_donors);
  return donors;
}

Task<> CatchUp::ask_offers(Contact donor) {
  const Time deadline = std::min(deadline_, network_.loop().now() + offer_takes);
  Bytes question = encode(TrainQuestion(OffersQuestion()));
  const auto bytes = co_await network_.ask(donor, Protocol::train, std::move(question), deadline);
  const auto offers = bytes ? decode_state_offers(*bytes) : std::nullopt;
  if (!offers) co_return;
  contacts_[donor.id] = donor;
  told_.emplace_back(donor.id, *offers);
}

Task<> CatchUp::ask(Download::Question question, Contact donor) {
  Bytes bytes =
      encode(question.piece ? TrainQuestion(PieceQuestion{question.state, *question.piece})
                            : TrainQuestion(ManifestQuestion{question.state}));
  auto answer = co_await network_.ask(donor, Protocol::train, std::move(bytes), deadline_);
  const Time now = network_.loop().now();
  if (answer) {
    download_.answered(question, *std::move(answer), now);
  } else {
    download_.failed(question, now);
  }
  go_on();
}

Task<> CatchUp::watch() {
  while (true) {
    co_await network_.loop().sleep_until(download_.next_tick());
    download_.tick(network_.loop().now());
    go_on();
  }
}

void CatchUp::go_on() {
  if (download_.complete()) return complete_.set();
  for (const Download::Question& question : download_.questions(network_.loop().now())) {
    tasks_.spawn(ask(question, contacts_.at(question.donor)));
  }
}

}  // namespace moshpit
