// Participants in the simulated world: how a newcomer becomes a member.
#include "train/participant.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "train/test_company.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

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

Task<> average_on(Member& member, StepRequest request, std::optional<StepOutcome>& out) {
  auto outcome = co_await member.participant.average(std::move(request));
  out.emplace(std::move(outcome));
}

// A step of the first two members, with these values of both; what it came to for the first.
std::vector<float> average_of_two(Company& company, Member& other, Averaged what,
                                  const std::vector<float>& values) {
  std::optional<StepOutcome> outcomes[2];
  TaskGroup first(company.world.host(0).loop());
  TaskGroup second(company.world.host(1).loop());
  StepRequest request;
  request.what = what;
  request.values = values;
  first.spawn(average_on(*company.first, request, outcomes[0]));
  second.spawn(average_on(other, request, outcomes[1]));
  company.world.run_until([&] { return outcomes[0] && outcomes[1]; }, company.world.now() + 60s);
  if (!outcomes[0]) return {};
  EXPECT_EQ(outcomes[0]->report.rounds.size(), 1u);
  EXPECT_EQ(outcomes[0]->chunks, std::vector{ChunkOutcome::averaged});
  return outcomes[0]->values;
}

TEST(Participant, WhatRoundingTheStateOwesIsNoBusinessOfChanges) {
  RunPlan plan = plan_of(10);
  plan.mode = TrainingMode::collective;
  plan.grid = Grid::create(2, 1).value();
  plan.changes = 4;
  plan.target_batch = 1;
  plan.state_every = 2;
  plan.codec = Codec::int8;
  plan.state_codec = Codec::bf16;
  Company company(plan);
  Member& other = company.add();
  ASSERT_TRUE(other.joined && other.joined->ok());
  company.world.run_until(company.world.now() + 5s);
  const std::vector<float> nothing(4, 0.0f);
  EXPECT_EQ(average_of_two(company, other, Averaged::change, nothing), nothing);
  const std::vector<float> state(10, 1.003f);
  const auto rounded = average_of_two(company, other, Averaged::state, state);
  ASSERT_EQ(rounded.size(), 10u);
  EXPECT_NE(rounded, state);
  EXPECT_NEAR(rounded[0], state[0], 0x1.0p-8f);
  EXPECT_EQ(average_of_two(company, other, Averaged::change, nothing), nothing);
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
