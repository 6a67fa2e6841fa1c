#include "train/state_choice.hpp"

#include <gtest/gtest.h>

namespace moshpit {
namespace {

PeerId peer(std::uint64_t index) { return PeerId{Hasher().add(index).digest()}; }
StateOffer state(std::uint64_t step, std::uint64_t variant = 0) {
  return {step, 10, Hasher().add(step).add(variant).digest()};
}

TEST(StateChoice, WithoutOffersThereIsNone) {
  EXPECT_FALSE(choose_state({}));
  const DonorOffers nothing{peer(1), {}};
  EXPECT_FALSE(choose_state(std::span(&nothing, 1)));
}

TEST(StateChoice, MostDonorsComeBeforeTheNewestStep) {
  const std::vector<DonorOffers> donors{
      {peer(1), {state(10)}}, {peer(2), {state(10), state(11)}}, {peer(3), {state(11, 1)}}};
  const auto choice = choose_state(donors);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->state, state(10));
  EXPECT_EQ(choice->why, "step 10, which 2 of 3 donors give");
}

TEST(StateChoice, TheNewestOfThoseWithAsManyDonors) {
  const std::vector<DonorOffers> donors{{peer(1), {state(10), state(11)}},
                                        {peer(2), {state(10), state(11)}}};
  EXPECT_EQ(choose_state(donors)->state, state(11));
}

TEST(StateChoice, ManyDonorsOfAnOldStateDrawNobodyBack) {
  const std::vector<DonorOffers> donors{{peer(1), {state(3)}},
                                        {peer(2), {state(3)}},
                                        {peer(3), {state(3)}},
                                        {peer(4), {state(50, 1)}},
                                        {peer(5), {state(50, 2)}}};
  EXPECT_EQ(choose_state(donors)->state.step, 50u);
}

TEST(StateChoice, OnePeersAbsurdStepDrawsNobodyAway) {
  const std::vector<DonorOffers> donors{
      {peer(1), {state(10)}}, {peer(2), {state(10)}}, {peer(3), {state(1u << 30)}}};
  EXPECT_EQ(choose_state(donors)->state, state(10));
}

TEST(StateChoice, ADonorCountsOnceForAState) {
  const std::vector<DonorOffers> donors{{peer(1), {state(10), state(10), state(10)}},
                                        {peer(2), {state(10, 1)}},
                                        {peer(3), {state(10, 1)}}};
  EXPECT_EQ(choose_state(donors)->state, state(10, 1));
}

TEST(StateChoice, TheNameOfAStateUnderAnotherStepIsAnotherState) {
  StateOffer false_step = state(10);
  false_step.step = 11;
  const std::vector<DonorOffers> donors{
      {peer(1), {state(10)}}, {peer(2), {state(10)}}, {peer(3), {false_step}}};
  EXPECT_EQ(choose_state(donors)->state, state(10));
}

}  // namespace
}  // namespace moshpit
