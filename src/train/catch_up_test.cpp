// Catch-up in the simulated world: donors that move on, die, freeze, lie and are cut off.
#include "train/catch_up.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "directory/kademlia.hpp"
#include "train/test_company.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

TEST(CatchUp, WithoutAnyStateToGiveThatIsSaid) {
  Company company(10);
  Member& newcomer = company.add();
  newcomer.download(10s);
  ASSERT_TRUE(company.downloads(newcomer));
  ASSERT_FALSE(newcomer.state->ok());
  EXPECT_EQ(newcomer.state->error().code(), ErrorCode::unreachable);
}

TEST(CatchUp, WhoHasParametersOnlyLaterStillGivesThem) {
  Company company(10);
  Member& newcomer = company.add();
  newcomer.download(10s);
  company.world.at(company.world.now() + 4s, [&] {
    company.first->participant.offer_state(1, HashedState(values_of(10, 1)));
  });
  ASSERT_TRUE(company.downloads(newcomer));
  ASSERT_TRUE(newcomer.state->ok()) << newcomer.state->error().message();
  EXPECT_TRUE((*newcomer.state)->values == values_of(10, 1));
}

// Ten pieces of a state, over lines that carry four a second.
constexpr std::uint64_t ten_pieces = 600'000;
const sim::NetworkModel slow{.bytes_per_second = 1e6};

TEST(CatchUp, ADonorThatMovesOnStillGivesTheStateThatWasBegun) {
  Company company(ten_pieces, slow);
  Member& newcomer = company.add();
  const auto begun = values_of(ten_pieces, 1);
  company.first->participant.offer_state(1, HashedState(begun));
  newcomer.download(60s);
  for (int i = 1; i <= 6; ++i) {
    company.world.at(company.world.now() + i * 500ms, [&company, i] {
      company.first->participant.offer_state(1 + static_cast<std::uint64_t>(i),
                                             HashedState(values_of(ten_pieces, 1.0f + i)));
    });
  }
  ASSERT_TRUE(company.downloads(newcomer));
  ASSERT_TRUE(newcomer.state->ok()) << newcomer.state->error().message();
  EXPECT_TRUE((*newcomer.state)->values == begun);
}

// The first of two donors meets a misfortune in the middle of the download.
void expect_another_donor_serves(void (sim::Host::*misfortune)()) {
  Company company(ten_pieces, slow);
  Member& second = company.add();
  Member& newcomer = company.add();
  company.world.run_until(company.world.now() + 6s);  // it has met both
  const std::vector<Contact> donors = newcomer.participant.network().connected_peers();
  ASSERT_EQ(donors.size(), 2u);
  const auto state = values_of(ten_pieces, 1);
  company.first->participant.offer_state(1, HashedState(state));
  second.participant.offer_state(1, HashedState(state));
  sim::Host& asked = company.world.host(donors.front().id == company.world.host(0).id() ? 0 : 1);
  company.world.at(company.world.now() + 1500ms, [&asked, misfortune] { (asked.*misfortune)(); });
  newcomer.download(30s);
  ASSERT_TRUE(company.downloads(newcomer));
  ASSERT_TRUE(newcomer.state->ok()) << newcomer.state->error().message();
  EXPECT_TRUE((*newcomer.state)->values == state);
}

TEST(CatchUp, WhenADonorIsKilledAnotherOneServes) {
  expect_another_donor_serves(&sim::Host::crash);
}

TEST(CatchUp, WhenADonorFreezesAnotherOneServes) {
  expect_another_donor_serves(&sim::Host::freeze);
}

// Thirty-two pieces over lines that carry forty a second.
constexpr std::uint64_t many_pieces = 32 * state_piece_elements;
constexpr std::uint64_t state_bytes = many_pieces * sizeof(float);
const sim::NetworkModel usual{.bytes_per_second = 10e6};

// A run with three donors of one state, and a newcomer.
class Donors : public Company {
 public:
  Donors() : Company(10, usual), state(values_of(many_pieces, 1)) {
    donors = {first, &add(), &add()};
    for (Member* donor : donors) donor->participant.offer_state(5, HashedState(state));
    newcomer = &add();
    world.run_until(world.now() + 3s);  // the donors' records stand
  }

  // False if it failed. Afterwards `received` are the bytes that came meanwhile.
  bool download(Duration patience = 60s) {
    newcomer->state.reset();
    const std::uint64_t before = newcomer->participant.network().counters().bytes_received;
    newcomer->download(patience);
    world.run_until([&] { return newcomer->state.has_value(); }, world.now() + 120s);
    received = newcomer->participant.network().counters().bytes_received - before;
    return newcomer->state && newcomer->state->ok();
  }
  void expect_right() {
    ASSERT_TRUE(newcomer->state && newcomer->state->ok());
    EXPECT_EQ((*newcomer->state)->step, 5u);
    EXPECT_TRUE((*newcomer->state)->values == state);
  }
  DownloadProgress progress() { return *newcomer->participant.download_progress(); }
  sim::Host& host_of(std::size_t donor) { return world.host(donor); }
  sim::Host& host_of_newcomer() { return world.host(3); }

  std::vector<float> state;
  std::vector<Member*> donors;
  Member* newcomer;
  std::uint64_t received = 0;
};

TEST(CatchUp, SeveralDonorsGiveAboutAsMuch) {
  Donors run;
  std::vector<std::uint64_t> before;
  for (Member* donor : run.donors) {
    before.push_back(donor->participant.network().counters().bytes_sent);
  }
  ASSERT_TRUE(run.download());
  run.expect_right();
  EXPECT_LT(run.received, state_bytes * 101 / 100);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(run.donors[i]->participant.network().counters().bytes_sent - before[i],
              state_bytes / 5);
  }
}

TEST(CatchUp, ADonorThatIsKilledCostsNoByte) {
  Donors run;
  run.world.at(run.world.now() + 300ms, [&] { run.host_of(1).crash(); });
  ASSERT_TRUE(run.download());
  run.expect_right();
  EXPECT_LT(run.received, state_bytes * 105 / 100);
  ASSERT_EQ(run.progress().dropped.size(), 1u);
  EXPECT_EQ(run.progress().dropped.front().id, run.host_of(1).id());
  EXPECT_FALSE(run.progress().dropped.front().lied);
}

TEST(CatchUp, ADonorThatFreezesHoldsNobodyUpForLong) {
  Donors run;
  run.world.at(run.world.now() + 300ms, [&] { run.host_of(1).freeze(); });
  const Time began = run.world.now();
  ASSERT_TRUE(run.download());
  run.expect_right();
  EXPECT_LT(run.received, state_bytes * 105 / 100);
  EXPECT_LT(run.world.now() - began, 4s);
}

TEST(CatchUp, WhoIsCutOffFromTwoDonorsHasTheThird) {
  Donors run;
  run.world.at(run.world.now() + 300ms, [&] {
    run.world.cut(run.host_of(0), run.host_of_newcomer());
    run.world.cut(run.host_of(2), run.host_of_newcomer());
  });
  ASSERT_TRUE(run.download());
  run.expect_right();
  EXPECT_LT(run.received, state_bytes * 105 / 100);
}

TEST(CatchUp, AfterACutItGoesOnFromWhereItWas) {
  Donors run;
  run.world.at(run.world.now() + 300ms, [&] {
    std::vector<sim::Host*> all{&run.host_of(0), &run.host_of(1), &run.host_of(2)};
    run.world.split({&run.host_of_newcomer()}, all);
  });
  run.world.at(run.world.now() + 12s, [&] { run.world.heal(); });
  ASSERT_TRUE(run.download());
  run.expect_right();
  // What was on its way when the links were given up comes twice: a window of each donor at most.
  EXPECT_LT(run.received, state_bytes * 150 / 100);
}

TEST(CatchUp, TheNextCallGoesOnFromWhereTheLastOneEnded) {
  Donors run;
  EXPECT_FALSE(run.download(400ms));
  ASSERT_TRUE(run.newcomer->state);
  EXPECT_NE(run.newcomer->state->error().message().find("Try again"), std::string::npos);
  const std::uint64_t here = run.progress().bytes;
  EXPECT_GT(here, 0u);
  ASSERT_TRUE(run.download());
  run.expect_right();
  EXPECT_LT(run.progress().bytes_received, state_bytes * 101 / 100) << "it began anew";
}

// A member of the directory that gives the true digests of a state, and of each piece another one.
class LyingDonor final : public Service {
 public:
  LyingDonor(sim::Host& host, Contact entrance, std::vector<float> values)
      : network_(host.loop(), host.transport(), host.credentials(), membership()),
        directory_(network_),
        state_(std::move(values)),
        offer_{5, state_.elements(), name_of_state(5, state_.elements(), state_.digests())},
        tasks_(host.loop()) {
    network_.serve(Protocol::train, *this);
    tasks_.spawn(stand(std::move(entrance)));
  }
  ~LyingDonor() override { network_.stop_serving(Protocol::train); }

  Task<Bytes> answer(Contact, Bytes question) override {
    const auto asked = decode_train_question(question);
    if (std::holds_alternative<OffersQuestion>(*asked)) co_return encode(StateOffers{offer_});
    const auto* piece = std::get_if<PieceQuestion>(&*asked);
    if (!piece) co_return encode(StateManifest{state_.digests()});
    Bytes wrong = encode_piece(piece->piece, state_.piece(piece->piece));
    wrong.front() ^= std::byte{1};
    co_return wrong;
  }
  void hear(const PeerId&, Bytes) override {}
  void disconnected(const PeerId&, LinkEnd) override {}

 private:
  Task<> stand(Contact entrance) {
    std::vector<Contact> known{std::move(entrance)};
    const auto entered = co_await directory_.bootstrap(std::move(known));
    EXPECT_TRUE(entered.ok());
    const RunId run = membership().run;
    const DirectoryKey key{Hasher().add(run.bytes).add(as_bytes("states")).digest()};
    Bytes value = encode(offer_);
    co_await directory_.announce(key, std::move(value), 1h);
  }

  Network network_;
  KademliaDirectory directory_;
  HashedState state_;
  StateOffer offer_;
  TaskGroup tasks_;
};

TEST(CatchUp, ADonorThatLiesIsNamedAndItsBytesAreNotTaken) {
  Donors run;
  sim::Host& host = run.world.add_host();
  host.start<LyingDonor>(host, run.first->participant.network().self(), run.state);
  run.world.run_until(run.world.now() + 3s);
  run.world.at(run.world.now() + 300ms, [&] { run.host_of(1).crash(); });
  ASSERT_TRUE(run.download());
  run.expect_right();
  const DownloadProgress progress = run.progress();
  const auto liar = std::ranges::find(progress.dropped, host.id(), &DroppedDonor::id);
  ASSERT_NE(liar, progress.dropped.end()) << progress.sentence;
  EXPECT_TRUE(liar->lied);
  EXPECT_EQ(std::ranges::count(progress.dropped, true, &DroppedDonor::lied), 1);
  // Two of its pieces had been asked for.
  EXPECT_LT(run.received, state_bytes * 110 / 100);
}

// Averages step after step, and tells how long each took.
class Stepper {
 public:
  Stepper(sim::Host& host, Participant& participant)
      : loop_(host.loop()), participant_(participant), tasks_(host.loop()) {
    tasks_.spawn(run());
  }
  double mean_since(std::size_t first) const {
    double sum = 0;
    for (std::size_t i = first; i < took_.size(); ++i) sum += took_[i];
    return sum / static_cast<double>(took_.size() - first);
  }
  std::size_t steps() const { return took_.size(); }

 private:
  Task<> run() {
    while (true) {
      StepRequest request;
      request.values = values_of(participant_.plan().elements, 1);
      const Time began = loop_.now();
      const auto outcome = co_await participant_.averager().step(std::move(request));
      took_.push_back(seconds(loop_.now() - began));
    }
  }
  Loop& loop_;
  Participant& participant_;
  std::vector<double> took_;
  TaskGroup tasks_;
};

TEST(CatchUp, DonorsThatAverageHardlyNotice) {
  RunPlan plan = plan_of(1'000'000);
  plan.grid = Grid::create(2, 1).value();
  Company run(plan, usual);
  auto observer = run.application();
  observer.observer = true;
  std::vector<Member*> donors{run.first, &run.add()};
  const auto state = values_of(many_pieces, 1);
  Member& newcomer = run.add(observer);
  for (Member* donor : donors) donor->participant.offer_state(5, HashedState(state));
  Stepper& steps = run.world.host(0).start<Stepper>(run.world.host(0), run.first->participant);
  run.world.host(1).start<Stepper>(run.world.host(1), donors[1]->participant);
  constexpr std::size_t measuring = 5;  // lines and deadlines
  constexpr std::size_t normal = 20;
  const auto are_through = [&](std::size_t count) {
    return run.world.run_until([&] { return steps.steps() >= count; }, run.world.now() + 120s);
  };
  ASSERT_TRUE(are_through(measuring + normal));
  const double before = steps.mean_since(measuring);
  const std::size_t begun = steps.steps();
  newcomer.download(60s);
  ASSERT_TRUE(run.downloads(newcomer));
  ASSERT_TRUE(newcomer.state->ok());
  EXPECT_TRUE((*newcomer.state)->values == state);
  ASSERT_GT(steps.steps(), begun + 5) << "nothing was seen beside the download";
  EXPECT_LT(steps.mean_since(begun), 1.2 * before);
  EXPECT_GT(steps.mean_since(begun), before) << "it cannot cost nothing";
}

}  // namespace
}  // namespace moshpit
