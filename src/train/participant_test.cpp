// Participants in the simulated world: how a newcomer becomes a member, and what it downloads.
#include "train/participant.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loop/task_group.hpp"
#include "sim/world.hpp"
#include "train/catch_up.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

Membership membership() { return {RunId{sha256(as_bytes("run"))}, to_bytes("secret"), false}; }

RunPlan plan_of(std::uint64_t elements) {
  RunPlan plan;
  plan.model = "small";
  plan.elements = elements;
  plan.steps = 7;
  plan.seed = 11;
  return plan;
}

std::vector<float> values_of(std::uint64_t elements, float first) {
  std::vector<float> values(elements);
  for (std::uint64_t i = 0; i < elements; ++i) values[i] = first + static_cast<float>(i % 1000);
  return values;
}

// What runs on a host.
class Member {
 public:
  explicit Member(sim::Host& host)
      : loop_(host.loop()),
        participant(host.loop(), host.transport(), host.credentials(), membership()),
        tasks_(host.loop()) {}

  void join(Participant::Application application, Duration patience) {
    tasks_.spawn(run_join(std::move(application), patience));
  }
  void download(Duration patience) { tasks_.spawn(run_download(patience)); }
  void publish(std::uint64_t local_steps) { tasks_.spawn(participant.publish(local_steps, 0.5)); }
  void look_around() { tasks_.spawn(run_members()); }

  std::optional<Result<void>> joined;
  std::optional<Result<RunState>> state;
  std::optional<std::vector<MemberStatus>> members;

 private:
  Task<> run_join(Participant::Application application, Duration patience) {
    const Time deadline = loop_.now() + patience;
    auto result = co_await participant.join(application, deadline);
    joined.emplace(std::move(result));
  }
  Task<> run_download(Duration patience) {
    const Time deadline = loop_.now() + patience;
    auto result = co_await participant.download_state(deadline);
    state.emplace(std::move(result));
  }
  Task<> run_members() {
    auto all = co_await participant.members();
    members.emplace(std::move(all));
  }

  Loop& loop_;

 public:
  Participant participant;

 private:
  TaskGroup tasks_;
};

// A run whose first member is `first`.
class Company {
 public:
  explicit Company(std::uint64_t elements, sim::NetworkModel model = {}) : world(3, model) {
    world.add_host();
    first = &world.host(0).start<Member>(world.host(0));
    first->participant.found(plan_of(elements), std::nullopt);
  }

  Participant::Application application() {
    return {{world.host(0).address()}, "small", 0, std::nullopt, false};
  }

  Member& add(Participant::Application application, const sim::HostOptions& options = {}) {
    sim::Host& host = world.add_host(options);
    Member& member = host.start<Member>(host);
    member.join(std::move(application), 15s);
    world.run_until([&] { return member.joined.has_value(); }, world.now() + 60s);
    return member;
  }
  Member& add() { return add(application()); }

  bool downloads(Member& member) {
    return world.run_until([&] { return member.state.has_value(); }, world.now() + 60s);
  }

  sim::World world;
  Member* first;
};

TEST(Participant, ANewcomerLearnsThePlanAndTakesAPlace) {
  Company company(10);
  Member& newcomer = company.add();
  ASSERT_TRUE(newcomer.joined && newcomer.joined->ok());
  EXPECT_EQ(newcomer.participant.plan(), plan_of(10));
  EXPECT_NE(newcomer.participant.averager().place(), "");
}

TEST(Participant, AnotherModelIsRefusedInOneSentence) {
  Company company(10);
  auto application = company.application();
  application.model = "large";
  Member& stranger = company.add(application);
  ASSERT_TRUE(stranger.joined && !stranger.joined->ok());
  const Error& error = stranger.joined->error();
  EXPECT_EQ(error.code(), ErrorCode::incompatible);
  EXPECT_NE(error.message().find("'small'"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("'large'"), std::string::npos) << error.message();
  EXPECT_FALSE(stranger.participant.is_member());
  EXPECT_TRUE(company.add().joined->ok()) << "others were disturbed";
}

TEST(Participant, AModelOfAnotherSizeIsRefused) {
  Company company(10);
  auto application = company.application();
  application.elements = 11;
  Member& stranger = company.add(application);
  ASSERT_TRUE(stranger.joined && !stranger.joined->ok());
  EXPECT_EQ(stranger.joined->error().code(), ErrorCode::incompatible);
}

TEST(Participant, AnyAddressOfTheInviteServes) {
  Company company(10);
  ASSERT_TRUE(company.add().joined->ok());
  company.world.host(0).crash();
  auto application = company.application();
  application.addresses.push_back(company.world.host(1).address());
  EXPECT_TRUE(company.add(application).joined->ok());
}

TEST(Participant, WhoIsANewcomerItselfIsNoWayIn) {
  Company company(10);
  sim::Host& host = company.world.add_host();
  host.start<Member>(host);  // knows no plan yet
  auto application = company.application();
  application.addresses.insert(application.addresses.begin(), host.address());
  EXPECT_TRUE(company.add(application).joined->ok());
}

TEST(Participant, WithoutAnybodyThereTheSentenceNamesTheAddresses) {
  Company company(10);
  const std::string address = company.world.host(0).address().text();
  company.world.host(0).crash();
  Member& stranger = company.add();
  ASSERT_TRUE(stranger.joined && !stranger.joined->ok());
  EXPECT_EQ(stranger.joined->error().code(), ErrorCode::unreachable);
  EXPECT_NE(stranger.joined->error().message().find(address), std::string::npos);
}

TEST(Participant, MembersSeeWhatTheOthersPublish) {
  Company company(10);
  Member& other = company.add();
  other.publish(42);
  company.world.run_until(company.world.now() + 2s);
  company.first->look_around();
  ASSERT_TRUE(company.world.run_until([&] { return company.first->members.has_value(); },
                                      company.world.now() + 10s));
  ASSERT_EQ(company.first->members->size(), 1u);
  EXPECT_EQ(company.first->members->front().id, company.world.host(1).id());
  EXPECT_EQ(company.first->members->front().local_steps, 42u);
  EXPECT_EQ(company.first->members->front().loss, 0.5);
}

TEST(Participant, WhomNobodyCanDialTakesPartWithoutAddresses) {
  Company company(10);
  company.add();
  const Time comes = company.world.now();
  Member& newcomer = company.add(company.application(), {.outbound_only = true, .unaware = true});
  ASSERT_TRUE(newcomer.joined && newcomer.joined->ok());
  EXPECT_LT(company.world.now() - comes, 8s);
  EXPECT_NE(newcomer.participant.advice(), "");
  EXPECT_TRUE(newcomer.participant.network().self().addresses.empty());
  newcomer.publish(1);
  company.world.run_until(company.world.now() + 2s);
  company.first->look_around();
  ASSERT_TRUE(company.world.run_until([&] { return company.first->members.has_value(); },
                                      company.world.now() + 10s));
  ASSERT_EQ(company.first->members->size(), 1u);
  EXPECT_TRUE(company.first->members->front().addresses.empty());
}

// As when only those in the same house can dial it.
TEST(Participant, WhoBelievesThatNobodyCanDialItStillLetsOthersIn) {
  Company company(10);
  company.first->participant.network().advertise(false);
  EXPECT_TRUE(company.add().joined->ok());
}

TEST(Participant, WhoCanBeDialledGoesOnToSayWhere) {
  Company company(10);
  company.add();
  Member& newcomer = company.add();
  EXPECT_EQ(newcomer.participant.advice(), "");
  EXPECT_FALSE(newcomer.participant.network().self().addresses.empty());
}

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

// It comes off the wire, and what it asks for must not end whoever joins.
TEST(PlanAnswer, AWeightLimitThatNoSumCouldBearIsNotRead) {
  PlanAnswer answer;
  answer.plan.grid = Grid::create(2, 1).value();
  answer.plan.model = "a";
  answer.plan.elements = 1;
  EXPECT_TRUE(decode_plan_answer(encode(answer)));
  for (const double limit : {1e301, 0.0, -1.0, std::numeric_limits<double>::infinity()}) {
    answer.plan.weight_limit = limit;
    EXPECT_FALSE(decode_plan_answer(encode(answer))) << limit;
  }
}

}  // namespace
}  // namespace moshpit
