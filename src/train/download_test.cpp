// The download in all the ways in which donors give, lie, fall silent and vanish.
#include "train/download.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "train/hashed_state.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

PeerId peer(std::uint64_t index) { return PeerId{Hasher().add(index).digest()}; }

// A state of so many pieces, the last one short; `variant` changes the first `changed` of them.
std::vector<float> values_of(std::uint64_t pieces, float variant = 0, std::uint64_t changed = 0) {
  std::vector<float> values(pieces * state_piece_elements - 5);
  for (std::uint64_t i = 0; i < values.size(); ++i) {
    const std::uint64_t piece = i / state_piece_elements;
    values[i] = static_cast<float>(i % 1000) + static_cast<float>(piece);
    if (piece < changed) values[i] += variant;
  }
  return values;
}

// What a donor gives.
struct Given {
  explicit Given(std::uint64_t step, std::vector<float> values) : content(std::move(values)) {
    offer = {step, content.elements(), name_of_state(step, content.elements(), content.digests())};
  }
  Bytes answer(const Download::Question& question) const {
    if (question.state != offer.state) return {};
    if (!question.piece) return encode(StateManifest{content.digests()});
    return encode_piece(*question.piece, content.piece(*question.piece));
  }
  HashedState content;
  StateOffer offer;
};

Bytes spoiled(Bytes answer) {
  answer[answer.size() / 3] ^= std::byte{1};
  return answer;
}

const Time start = Time{} + 5s;

bool is_of(const RunState& state, const Given& given, const std::vector<float>& values) {
  return state.step == given.offer.step && state.values == values;
}

// Answers everything at once until the download is complete or nothing is asked any more.
void serve(Download& download, const std::map<PeerId, const Given*>& donors, Time& now) {
  for (auto questions = download.questions(now); !questions.empty();
       questions = download.questions(now)) {
    for (const auto& question : questions) {
      now += 1ms;
      download.answered(question, donors.at(question.donor)->answer(question), now);
    }
  }
}

TEST(Download, SeveralDonorsGiveOneState) {
  const auto values = values_of(9);
  const Given given(4, values);
  Download download(start);
  Time now = start;
  for (int i = 0; i < 3; ++i) download.offered(peer(i), {given.offer}, now);
  std::set<PeerId> asked;
  while (!download.complete()) {
    const auto questions = download.questions(now);
    ASSERT_FALSE(questions.empty());
    for (const auto& question : questions) {
      now += 1ms;
      if (question.piece) asked.insert(question.donor);
      download.answered(question, given.answer(question), now);
    }
  }
  EXPECT_EQ(asked.size(), 3u);
  const DownloadProgress progress = download.progress();
  EXPECT_EQ(progress.bytes, progress.bytes_total);
  EXPECT_LT(progress.bytes_received, progress.bytes_total + 1024) << "something came twice";
  EXPECT_EQ(progress.sentence, "Downloaded step 4, which 3 of 3 donors give: 2.4 of 2.4 MB.");
  EXPECT_TRUE(is_of(download.take(), given, values));
}

TEST(Download, AnyOrderOfAnswersServes) {
  // Two donors, three pieces, the first donor answers nothing but lies, or nothing at all.
  const auto values = values_of(3);
  const Given given(1, values);
  std::vector<std::uint32_t> order{0, 1, 2};
  do {
    Download download(start);
    Time now = start;
    for (int i = 0; i < 2; ++i) download.offered(peer(i), {given.offer}, now);
    const auto manifest = download.questions(now);
    ASSERT_EQ(manifest.size(), 1u);
    download.answered(manifest.front(), given.answer(manifest.front()), now);
    const auto pieces = download.questions(now);
    ASSERT_EQ(pieces.size(), 3u);
    for (const std::uint32_t next : order) {
      EXPECT_FALSE(download.complete());
      download.answered(pieces[next], given.answer(pieces[next]), now += 1ms);
      EXPECT_TRUE(download.questions(now).empty());
    }
    ASSERT_TRUE(download.complete());
    EXPECT_TRUE(is_of(download.take(), given, values));
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Download, WhoSendsWrongBytesIsDroppedAndNamed) {
  const auto values = values_of(8);
  const Given given(1, values);
  Download download(start);
  Time now = start;
  for (int i = 0; i < 3; ++i) download.offered(peer(i), {given.offer}, now);
  const PeerId liar = peer(1);
  std::size_t asked_after = 0;
  for (auto questions = download.questions(now); !questions.empty();
       questions = download.questions(now)) {
    for (const auto& question : questions) {
      if (question.donor == liar && download.was_dropped(liar)) ++asked_after;
      Bytes answer = given.answer(question);
      if (question.donor == liar && question.piece) answer = spoiled(answer);
      download.answered(question, answer, now += 1ms);
    }
  }
  ASSERT_TRUE(download.complete());
  const DownloadProgress progress = download.progress();
  ASSERT_EQ(progress.dropped.size(), 1u);
  EXPECT_EQ(progress.dropped.front().id, liar);
  EXPECT_TRUE(progress.dropped.front().lied);
  EXPECT_NE(progress.sentence.find(liar.brief()), std::string::npos) << progress.sentence;
  EXPECT_LE(asked_after, 1u) << "of what was under way already";
  EXPECT_TRUE(is_of(download.take(), given, values));
}

TEST(Download, AWrongManifestIsNotBelieved) {
  const auto values = values_of(2);
  const Given given(1, values);
  const Given other(1, values_of(2, 1, 1));
  Download download(start);
  for (int i = 0; i < 2; ++i) download.offered(peer(i), {given.offer}, start);
  const auto first = download.questions(start);
  ASSERT_EQ(first.size(), 1u);
  download.answered(first.front(), encode(StateManifest{other.content.digests()}), start);
  EXPECT_TRUE(download.was_dropped(first.front().donor));
  const auto second = download.questions(start);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_NE(second.front().donor, first.front().donor);
}

TEST(Download, APieceOfTheWrongLengthIsALie) {
  // The digests are those of the pieces, and still they are not the state that was offered.
  std::vector<float> values(100);
  const HashedState content(values);
  const StateOffer offer{1, 200, name_of_state(1, 200, content.digests())};
  Download download(start);
  download.offered(peer(0), {offer}, start);
  const auto manifest = download.questions(start);
  download.answered(manifest.front(), encode(StateManifest{content.digests()}), start);
  const auto pieces = download.questions(start);
  ASSERT_EQ(pieces.size(), 1u);
  download.answered(pieces.front(), encode_piece(0, content.piece(0)), start);
  EXPECT_TRUE(download.was_dropped(peer(0)));
  EXPECT_FALSE(download.complete());
}

// Until only pieces of that donor are under way.
std::vector<Download::Question> leave_to(Download& download, const Given& given,
                                         const PeerId& donor, Time& now) {
  std::vector<Download::Question> left;
  for (auto questions = download.questions(now); !questions.empty();
       questions = download.questions(now)) {
    for (const auto& question : questions) {
      if (question.piece && question.donor == donor) {
        left.push_back(question);
      } else {
        download.answered(question, given.answer(question), now += 1ms);
      }
    }
  }
  return left;
}

TEST(Download, TheOthersBringWhatASilentDonorWasAskedFor) {
  const auto values = values_of(10);
  const Given given(1, values);
  Download download(start);
  Time now = start;
  for (int i = 0; i < 3; ++i) download.offered(peer(i), {given.offer}, now);
  const auto left = leave_to(download, given, peer(2), now);
  ASSERT_FALSE(left.empty());
  EXPECT_FALSE(download.complete());
  const Time silent_since = now;
  while (download.questions(now).empty() && now < silent_since + 10s) {
    now = download.next_tick();
    download.tick(now);
    if (download.progress().dropped.empty()) continue;
    leave_to(download, given, peer(2), now);
    break;
  }
  EXPECT_GT(now, silent_since + 2s) << "too soon";
  EXPECT_LT(now, silent_since + 4s) << "too late";
  ASSERT_TRUE(download.complete());
  EXPECT_FALSE(download.progress().dropped.front().lied);
  // What comes too late spoils nothing.
  for (const auto& question : left) download.answered(question, given.answer(question), now += 1s);
  EXPECT_TRUE(download.progress().dropped.empty()) << "it is there after all";
  EXPECT_TRUE(is_of(download.take(), given, values));
}

TEST(Download, APauseOfThisPeerIsNobodysSilence) {
  const Given given(1, values_of(4));
  Download download(start);
  Time now = start;
  for (int i = 0; i < 2; ++i) download.offered(peer(i), {given.offer}, now);
  leave_to(download, given, peer(1), now);
  now += 20s;
  download.tick(now);
  EXPECT_TRUE(download.progress().dropped.empty());
}

TEST(Download, TheOnlyDonorIsWaitedForHoweverSlow) {
  const auto values = values_of(3);
  const Given given(1, values);
  Download download(start);
  Time now = start;
  download.offered(peer(0), {given.offer}, now);
  std::vector<Download::Question> open = download.questions(now);
  while (!open.empty()) {
    for (int i = 0; i < 40; ++i) download.tick(now += 250ms);
    const auto question = open.front();
    open.erase(open.begin());
    download.answered(question, given.answer(question), now);
    for (const auto& next : download.questions(now)) open.push_back(next);
  }
  ASSERT_TRUE(download.complete());
  EXPECT_TRUE(is_of(download.take(), given, values));
}

TEST(Download, AnotherStateIsTakenAndEqualPiecesStay) {
  const auto older = values_of(8);
  const auto newer = values_of(8, 1, 3);
  const Given first(1, older);
  const Given second(2, newer);
  Download download(start);
  Time now = start;
  for (int i = 0; i < 2; ++i) download.offered(peer(i), {first.offer}, now);
  download.offered(peer(2), {second.offer}, now);
  // Two donors give the first one, so that it is chosen; they give six pieces and move on.
  std::size_t given = 0;
  while (given < 6) {
    for (const auto& question : download.questions(now)) {
      const bool has_it = given < 6;
      if (question.piece) ++given;
      download.answered(question, has_it ? first.answer(question) : Bytes(), now += 1ms);
    }
  }
  for (int i = 0; i < 2; ++i) download.offered(peer(i), {}, now);
  const std::uint64_t before = download.progress().bytes_received;
  serve(download, {{peer(2), &second}}, now);
  ASSERT_TRUE(download.complete());
  const std::uint64_t more = download.progress().bytes_received - before;
  EXPECT_LT(more, 6 * (state_piece_bytes + 8)) << "equal pieces came again";
  EXPECT_TRUE(is_of(download.take(), second, newer));
}

TEST(Download, WhatIsHereWhenItIsInterruptedStays) {
  const auto values = values_of(6);
  const Given given(1, values);
  Download download(start);
  Time now = start;
  download.offered(peer(0), {given.offer}, now);
  const auto manifest = download.questions(now);
  download.answered(manifest.front(), given.answer(manifest.front()), now);
  const auto pieces = download.questions(now);
  download.answered(pieces.front(), given.answer(pieces.front()), now += 1ms);
  download.interrupted();
  EXPECT_TRUE(download.questions(now).empty());
  now += 60s;
  download.offered(peer(1), {given.offer}, now);
  serve(download, {{peer(1), &given}}, now);
  ASSERT_TRUE(download.complete());
  EXPECT_LT(download.progress().bytes_received, download.progress().bytes_total + 1024);
  EXPECT_TRUE(is_of(download.take(), given, values));
}

// Donors of different speeds, who lie, fall silent for a while, die, come back and move on, in
// virtual time. As long as one of them is sound, the right bytes come, and not much more than
// those.
class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed)
      : random_(seed),
        values_(values_of(20 + random_.below(60))),
        given_(7, values_),
        download_(start) {
    const std::uint64_t donors = 2 + random_.below(4);
    for (std::uint64_t i = 0; i < donors; ++i) {
      donors_.push_back({peer(i), 1ms + Duration(random_.below(Duration(60ms).count())), {}, {}});
      if (i > 0 && random_.chance(0.3)) donors_[i].lies_from = random_.below(10);
      if (i > 0 && random_.chance(0.4))
        donors_[i].dies = start + Duration(random_.below(1'000'000'000));
      if (random_.chance(0.3)) donors_[i].sleeps = start + Duration(random_.below(1'000'000'000));
      download_.offered(donors_[i].id, {given_.offer}, now_);
    }
  }

  void run() {
    while (!download_.complete() && now_ < start + 120s) {
      ask();
      now_ += 1ms;
      for (Donor& donor : donors_) answer(donor);
      if (now_ >= download_.next_tick()) download_.tick(now_);
    }
    ASSERT_TRUE(download_.complete()) << download_.progress().sentence;
    const DownloadProgress progress = download_.progress();
    for (const Donor& donor : donors_) {
      EXPECT_EQ(download_.was_dropped(donor.id), donor.has_lied);
    }
    // Of each donor that fails at most its window is asked twice.
    const std::uint64_t windows = (donors_.size() - 1) * 16;
    EXPECT_LE(progress.bytes_received,
              progress.bytes_total + 4096 + windows * (state_piece_bytes + 8));
    EXPECT_TRUE(is_of(download_.take(), given_, values_));
  }

 private:
  struct Donor {
    PeerId id;
    Duration takes;
    std::optional<std::uint64_t> lies_from;  // so many honest answers come first
    std::optional<Time> dies;
    std::optional<Time> sleeps = std::nullopt;  // for six seconds
    std::vector<Download::Question> asked = {};
    Time busy_until{};
    std::uint64_t answered = 0;
    bool has_lied = false;
  };

  void ask() {
    for (const auto& question : download_.questions(now_)) {
      const auto donor = std::ranges::find(donors_, question.donor, &Donor::id);
      if (donor->asked.empty()) donor->busy_until = now_ + donor->takes;
      donor->asked.push_back(question);
    }
  }

  void answer(Donor& donor) {
    if (donor.dies && now_ >= *donor.dies) {
      for (const auto& question : donor.asked) download_.failed(question, now_);
      donor.asked.clear();
      return;
    }
    const bool asleep = donor.sleeps && now_ >= *donor.sleeps && now_ < *donor.sleeps + 6s;
    if (asleep || donor.asked.empty() || now_ < donor.busy_until) return;
    const auto question = donor.asked.front();
    donor.asked.erase(donor.asked.begin());
    donor.busy_until = now_ + donor.takes;
    Bytes bytes = given_.answer(question);
    if (donor.lies_from && donor.answered++ >= *donor.lies_from) {
      bytes = spoiled(bytes);
      donor.has_lied = true;
    }
    download_.answered(question, bytes, now_);
  }

  Random random_;
  std::vector<float> values_;
  Given given_;
  Download download_;
  Time now_ = start;
  std::vector<Donor> donors_;
};

TEST(Download, RandomWorldsEndWithTheRightBytes) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomWorld(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Download, ASlowDonorDoesNotHoldUpTheEnd) {
  const Given given(1, values_of(60));
  Download download(start);
  Time now = start;
  const std::vector<PeerId> ids{peer(0), peer(1)};
  const std::vector<Duration> takes{10ms, 2s};
  std::map<PeerId, std::vector<Download::Question>> open;
  std::map<PeerId, Time> ready;
  for (const PeerId& id : ids) download.offered(id, {given.offer}, now);
  while (!download.complete() && now < start + 60s) {
    for (const auto& question : download.questions(now)) {
      const bool slow = question.donor == ids[1];
      if (open[question.donor].empty()) ready[question.donor] = now + takes[slow ? 1 : 0];
      open[question.donor].push_back(question);
    }
    now += 1ms;
    for (std::size_t i = 0; i < 2; ++i) {
      auto& mine = open[ids[i]];
      if (mine.empty() || now < ready[ids[i]]) continue;
      const auto question = mine.front();
      mine.erase(mine.begin());
      ready[ids[i]] = now + takes[i];
      download.answered(question, given.answer(question), now);
    }
    if (now >= download.next_tick()) download.tick(now);
  }
  ASSERT_TRUE(download.complete());
  // Its first two pieces were asked for before anybody knew.
  EXPECT_LT(now, start + 4500ms);
}

}  // namespace
}  // namespace moshpit
