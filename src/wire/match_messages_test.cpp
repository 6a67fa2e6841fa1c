#include "wire/match_messages.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

template <class AnyId>
AnyId id_of(int number) {
  AnyId id;
  id.bytes[0] = static_cast<std::byte>(number);
  return id;
}

Contact contact_of(int number) {
  return Contact{id_of<PeerId>(number), {Address{"10.0.0.1", static_cast<std::uint16_t>(number)}}};
}

const RunId run = id_of<RunId>(77);

Assembled example() {
  Assembled assembled{id_of<DirectoryKey>(5), 1234567890123, {}};
  assembled.group.time = RoundTime{9, 1};
  assembled.group.members = {contact_of(3), Contact{id_of<PeerId>(1), {}}, contact_of(2)};
  assembled.group.digits = {2, 0, 255};
  assembled.group.spread = 17ms;
  assembled.group.bandwidths = {1'000'000, 0, 12'345'678'901};
  assembled.group.id =
      round_id(run, assembled.key, id_of<PeerId>(3), assembled.nonce, assembled.group);
  return assembled;
}

bool sound(const Assembled& assembled) {
  return is_sound(assembled, run, id_of<PeerId>(3), id_of<PeerId>(1));
}

TEST(MatchMessages, QuestionsAndAnswersArriveAsTheyWereSent) {
  const MatchQuestion question{MatchQuestion::Kind::hail, id_of<DirectoryKey>(1), {7, 2}, 3, 4};
  EXPECT_EQ(decode_match_question(encode(question)), question);
  const MatchAnswer answer{MatchReply::redirect, 1500ms, contact_of(4), {id_of<PeerId>(1)}, {8, 0}};
  EXPECT_EQ(decode_match_answer(encode(answer)), answer);
  EXPECT_EQ(decode_match_answer(encode(MatchAnswer())), MatchAnswer());
}

TEST(MatchMessages, NotesArriveAsTheyWereSent) {
  const auto note = decode_match_note(encode(MatchNote(example())));
  ASSERT_TRUE(note);
  const auto& group = std::get<Assembled>(*note).group;
  EXPECT_EQ(group.id, example().group.id);
  EXPECT_EQ(group.members, example().group.members);
  EXPECT_EQ(group.digits, example().group.digits);
  EXPECT_EQ(group.bandwidths, example().group.bandwidths);
  EXPECT_EQ(group.spread, 17ms);
  EXPECT_TRUE(sound(std::get<Assembled>(*note)));
  const auto redirection =
      decode_match_note(encode(MatchNote(Redirection{id_of<DirectoryKey>(1), 4, contact_of(2)})));
  ASSERT_TRUE(redirection);
  EXPECT_EQ(std::get<Redirection>(*redirection).leader, contact_of(2));
  const auto withdrawal =
      decode_match_note(encode(MatchNote(Withdrawal{id_of<DirectoryKey>(1), 4})));
  ASSERT_TRUE(withdrawal);
  EXPECT_EQ(std::get<Withdrawal>(*withdrawal).number, 4u);
  const auto declined = decode_match_note(encode(MatchNote(Declined{id_of<RoundId>(6)})));
  ASSERT_TRUE(declined);
  EXPECT_EQ(std::get<Declined>(*declined).round, id_of<RoundId>(6));
}

TEST(MatchMessages, GroupThatIsNotSoundIsSeen) {
  EXPECT_TRUE(sound(example()));
  Assembled other_order = example();
  std::swap(other_order.group.members[0], other_order.group.members[1]);
  EXPECT_FALSE(sound(other_order));
  Assembled other_time = example();
  ++other_time.group.time.round;
  EXPECT_FALSE(sound(other_time));
  Assembled other_shares = example();
  other_shares.group.bandwidths[1] = 7;
  EXPECT_FALSE(sound(other_shares));
  Assembled other_owners = example();
  other_owners.group.members[2].addresses.clear();
  EXPECT_FALSE(sound(other_owners));
  Assembled equal_digits = example();
  equal_digits.group.digits = {2, 2, 2};
  EXPECT_FALSE(sound(equal_digits));
  EXPECT_FALSE(is_sound(example(), run, id_of<PeerId>(2), id_of<PeerId>(1)));
  EXPECT_FALSE(is_sound(example(), run, id_of<PeerId>(3), id_of<PeerId>(9)));
  EXPECT_FALSE(is_sound(example(), id_of<RunId>(1), id_of<PeerId>(3), id_of<PeerId>(1)));
}

TEST(MatchMessages, MemberTwiceIsNotSoundEvenUnderTheRightId) {
  Assembled twice = example();
  twice.group.members[2] = twice.group.members[0];
  twice.group.id = round_id(run, twice.key, id_of<PeerId>(3), twice.nonce, twice.group);
  EXPECT_FALSE(sound(twice));
}

TEST(MatchMessages, GroupOfAWrongSizeIsNotRead) {
  Assembled alone = example();
  alone.group.members.resize(1);
  alone.group.digits.resize(1);
  alone.group.bandwidths.resize(1);
  EXPECT_FALSE(decode_match_note(encode(MatchNote(alone))));
  Assembled missing_digit = example();
  missing_digit.group.digits.pop_back();
  EXPECT_FALSE(decode_match_note(encode(MatchNote(missing_digit))));
  Assembled missing_bandwidth = example();
  missing_bandwidth.group.bandwidths.pop_back();
  EXPECT_FALSE(decode_match_note(encode(MatchNote(missing_bandwidth))));
  Assembled huge = example();
  huge.group.members.resize(group_size_limit + 1);
  huge.group.digits.resize(group_size_limit + 1);
  huge.group.bandwidths.resize(group_size_limit + 1);
  EXPECT_FALSE(decode_match_note(encode(MatchNote(huge))));
}

TEST(MatchMessages, ForeignBytesAreRefusedWithoutHarm) {
  Random random(1);
  const Bytes good = encode(MatchNote(example()));
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto note = decode_match_note(ByteView(good).first(length));
    EXPECT_FALSE(note && sound(std::get<Assembled>(*note)));
  }
  for (int i = 0; i < 10'000; ++i) {
    Bytes bytes = i % 2 ? good : Bytes(random.below(64));
    if (i % 2 == 0) random.fill(bytes);
    if (i % 2 == 1) bytes[random.below(bytes.size())] ^= std::byte{0x40};
    decode_match_note(bytes);
    decode_match_question(bytes);
    decode_match_answer(bytes);
  }
}

}  // namespace
}  // namespace moshpit
