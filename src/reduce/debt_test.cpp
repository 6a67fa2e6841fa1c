#include "reduce/debt.hpp"

#include <gtest/gtest.h>

#include "reduce/partition.hpp"

namespace moshpit {
namespace {

// Of two chunks.
constexpr std::size_t elements = 4097;

WeightedVector vector_of(double weight) {
  WeightedVector vector(std::vector<float>(elements, 1), weight);
  return vector;
}

// A step that brings what is owed, and after which so much is owed of each element, with these
// weights.
void owe(Debt& debt, double weight, float residual, double first, double last) {
  WeightedVector vector = vector_of(weight);
  debt.pay_with(vector);
  vector.residuals.assign(elements, residual);
  vector.weights.assign(vector.weights.size(), first);
  vector.weights.back() = last;
  debt.take_back(vector);
}

TEST(Debt, NothingIsOwedAtFirst) {
  WeightedVector vector = vector_of(3);
  Debt().pay_with(vector);
  EXPECT_EQ(vector.residuals, std::vector<float>(elements, 0));
}

// weight * residual is what the others are owed.
TEST(Debt, CountsAsMuchWhateverTheNextStepWeighs) {
  ASSERT_GT(vector_of(1).weights.size(), 1u);
  for (const double weight : {0.5, 1.0, 3.0, 8.0}) {
    Debt debt;
    owe(debt, 1, 0.25f, 2, 4);
    WeightedVector next = vector_of(weight);
    debt.pay_with(next);
    EXPECT_FLOAT_EQ(next.residuals.front() * weight, 0.25f * 2) << weight;
    EXPECT_FLOAT_EQ(next.residuals.back() * weight, 0.25f * 4) << weight;
  }
}

// Who only listens, or has done next to nothing, would bring nothing but debts.
TEST(Debt, WaitsForAStepThatIsHeavyEnough) {
  for (const double light : {0.0, 1e-12, 0.2}) {
    Debt debt;
    owe(debt, 1, 0.25f, 2, 4);
    WeightedVector listener = vector_of(light);
    debt.pay_with(listener);
    EXPECT_EQ(listener.residuals, std::vector<float>(elements, 0)) << light;
    listener.residuals.assign(elements, 0.5f);  // of a mean that it was the author of
    listener.weights.assign(listener.weights.size(), 1);
    debt.take_back(listener);
    WeightedVector next = vector_of(1);
    debt.pay_with(next);
    EXPECT_FLOAT_EQ(next.residuals.front(), 0.25f * 2 + 0.5f) << light;
    EXPECT_FLOAT_EQ(next.residuals.back(), 0.25f * 4 + 0.5f) << light;
  }
}

TEST(Debt, OfWhatHadNoWeightIsNone) {
  Debt debt;
  owe(debt, 0, 7, 0, 2);
  WeightedVector listener = vector_of(0);
  debt.pay_with(listener);
  listener.residuals.assign(elements, 0.5f);
  listener.weights.assign(listener.weights.size(), 1);
  debt.take_back(listener);
  WeightedVector next = vector_of(1);
  debt.pay_with(next);
  EXPECT_FLOAT_EQ(next.residuals.front(), 0.5f);
  EXPECT_FLOAT_EQ(next.residuals.back(), 2 * 7 + 0.5f);
}

TEST(Debt, AWeightThatIsNoneDoesNoHarm) {
  Debt debt;
  for (int step = 0; step < 2; ++step) {
    owe(debt, -1, 0.25f, -1, 2);
    WeightedVector next = vector_of(-1);
    debt.pay_with(next);
    EXPECT_EQ(next.residuals.size(), elements);
    debt.take_back(next);
  }
}

TEST(Debt, OfAnotherVectorIsForgotten) {
  Debt debt;
  owe(debt, 1, 0.25f, 2, 4);
  WeightedVector other(std::vector<float>(10, 1), 1);
  debt.pay_with(other);
  EXPECT_EQ(other.residuals, std::vector<float>(10, 0));
}

}  // namespace
}  // namespace moshpit
