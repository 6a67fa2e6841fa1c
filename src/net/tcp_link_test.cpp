#include "net/tcp_link.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "net/tcp_test_stage.hpp"

namespace moshpit {
namespace {

constexpr std::size_t megabyte = 1024 * 1024;

class TcpLinkTest : public testing::Test {
 protected:
  TcpLinkTest() {
    auto dialled = stage_.run(ann_.transport().dial(bob_.address(), bob_.id(), stage_.late()));
    EXPECT_TRUE(dialled.ok());
    near_ = std::move(dialled).value();
    far_ = stage_.run(bob_.next_link());
  }

  std::optional<Bytes> receive(Link& link) { return stage_.run(link.receive()); }
  std::string receive_text(Link& link) {
    const auto frame = receive(link);
    return frame ? std::string(as_text(*frame)) : "closed";
  }

  TcpStage stage_;
  TcpPeer ann_{stage_};
  TcpPeer bob_{stage_};
  std::unique_ptr<Link> near_;
  std::unique_ptr<Link> far_;
};

TEST_F(TcpLinkTest, FramesPassBothWaysInOrder) {
  for (int i = 0; i < 1000; ++i) {
    near_->send(to_bytes(std::to_string(i)), Priority::control);
    far_->send(to_bytes(std::to_string(-i)), Priority::bulk);
  }
  near_->send(Bytes(), Priority::control);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(receive_text(*far_), std::to_string(i));
    EXPECT_EQ(receive_text(*near_), std::to_string(-i));
  }
  EXPECT_EQ(receive(*far_), Bytes());
}

TEST_F(TcpLinkTest, LargeFramesPassInOrder) {
  far_->set_frame_limit(10 * megabyte);
  Random random(3);
  std::vector<Bytes> frames(3, Bytes(10 * megabyte));
  for (Bytes& frame : frames) {
    random.fill(frame);
    near_->send(frame, Priority::bulk);
  }
  for (const Bytes& frame : frames) EXPECT_TRUE(receive(*far_) == frame);
}

TEST_F(TcpLinkTest, PlaintextLinksCarryTheSameAndRefuseEncryptedOnes) {
  const Address anywhere{"127.0.0.1", 0};
  TcpPeer bare(stage_, anywhere, Cover::plaintext);
  TcpPeer other(stage_, anywhere, Cover::plaintext);
  auto dialled = stage_.run(bare.transport().dial(other.address(), other.id(), stage_.late()));
  ASSERT_TRUE(dialled.ok());
  auto far = stage_.run(other.next_link());
  far->set_frame_limit(megabyte);
  Bytes frame(megabyte);
  Random(4).fill(frame);
  dialled.value()->send(frame, Priority::bulk);
  EXPECT_TRUE(receive(*far) == frame);
  const auto refused = stage_.run(ann_.transport().dial(bare.address(), bare.id(), stage_.late()));
  EXPECT_EQ(refused.error().code(), ErrorCode::refused);
}

// Over two links that share a limit of `up` or `down`, so much takes the time that the limit says.
// A busy machine makes it longer, but not shorter.
TEST_F(TcpLinkTest, LinksOfAPeerShareItsLimitInEachDirection) {
  const Address anywhere{"127.0.0.1", 0};
  for (const BandwidthLimit limit : {BandwidthLimit{4'000'000, 0}, BandwidthLimit{0, 4'000'000}}) {
    Bandwidth bandwidth(limit);
    TcpPeer limited(stage_, anywhere, Cover::encrypted, &bandwidth);
    std::vector<std::unique_ptr<Link>> near;
    std::vector<std::unique_ptr<Link>> far;
    for (TcpPeer* other : {&ann_, &bob_}) {
      near.push_back(
          stage_.run(limited.transport().dial(other->address(), {}, stage_.late())).value());
      far.push_back(stage_.run(other->next_link()));
    }
    const bool up = limit.up > 0;
    const Time begun = stage_.loop().now();
    for (std::size_t i = 0; i < 2; ++i) {
      (up ? far : near)[i]->set_frame_limit(megabyte);
      (up ? near : far)[i]->send(Bytes(megabyte), Priority::bulk);
    }
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(receive(*(up ? far : near)[i])->size(), megabyte);
    }
    // 2 MiB at 4 MB/s are 0.52 s, less the allowance and what was read before it was charged.
    EXPECT_GT(seconds(stage_.loop().now() - begun), 0.4);
  }
}

TEST_F(TcpLinkTest, ControlOvertakesBulk) {
  far_->set_frame_limit(megabyte);
  constexpr int count = 64;
  for (int i = 0; i < count; ++i) near_->send(Bytes(megabyte), Priority::bulk);
  std::size_t before = 0;
  EXPECT_EQ(receive(*far_)->size(), megabyte);
  near_->send(to_bytes("urgent"), Priority::control);
  for (auto frame = receive(*far_); frame && frame->size() == megabyte; frame = receive(*far_)) {
    ++before;
  }
  // What the systems of both sides hold on one machine goes first; what is queued here does not.
  EXPECT_LT(before, count / 2);
}

TEST_F(TcpLinkTest, DrainedSaysWhenTheBacklogFell) {
  far_->set_frame_limit(megabyte);
  EXPECT_TRUE(stage_.run(near_->drained(0, stage_.late())));
  for (int i = 0; i < 64; ++i) near_->send(Bytes(megabyte), Priority::bulk);
  EXPECT_EQ(near_->backlog(), 64 * (megabyte + 4));
  // Nobody receives, so the other side's system fills and then this side waits.
  EXPECT_FALSE(stage_.run(near_->drained(0, stage_.in(100ms))));
  EXPECT_GT(near_->backlog(), megabyte);
  struct Receiver {
    static Task<> take(Link& link, int frames) {
      for (int i = 0; i < frames; ++i) co_await link.receive();  // no deadline: they are sent
    }
  };
  TaskGroup tasks(stage_.loop());
  tasks.spawn(Receiver::take(*far_, 64));
  EXPECT_TRUE(stage_.run(near_->drained(megabyte, stage_.late())));
  EXPECT_LE(near_->backlog(), megabyte);
  EXPECT_TRUE(stage_.run(near_->drained(0, stage_.late())));
  EXPECT_EQ(near_->backlog(), 0u);
}

TEST_F(TcpLinkTest, WhatWasSentBeforeALinkIsClosedArrives) {
  near_->send(to_bytes("first"), Priority::bulk);
  near_->send(to_bytes("last"), Priority::bulk);
  EXPECT_TRUE(stage_.run(near_->drained(0, stage_.late())));
  near_.reset();
  EXPECT_EQ(receive_text(*far_), "first");
  EXPECT_EQ(receive_text(*far_), "last");
  EXPECT_EQ(receive_text(*far_), "closed");
  EXPECT_EQ(receive_text(*far_), "closed");
  far_->send(to_bytes("too late"), Priority::control);
  EXPECT_FALSE(stage_.run(far_->drained(0, stage_.late())));
}

TEST_F(TcpLinkTest, AFrameBeyondTheLimitClosesThisLinkOnly) {
  near_->send(to_bytes("small"), Priority::bulk);
  near_->send(Bytes(first_frame_limit + 1), Priority::bulk);
  EXPECT_EQ(receive_text(*far_), "small");
  EXPECT_EQ(receive_text(*far_), "closed");
  EXPECT_EQ(receive_text(*near_), "closed");
  auto again = stage_.run(ann_.transport().dial(bob_.address(), bob_.id(), stage_.late()));
  EXPECT_TRUE(again.ok());
}

TEST_F(TcpLinkTest, TheLimitMayBeRaisedWhileTheFrameIsThere) {
  near_->send(to_bytes("proof"), Priority::control);
  near_->send(Bytes(megabyte), Priority::control);
  // Nobody receives yet, so no more than a part of it can be on its way.
  EXPECT_TRUE(stage_.run(near_->drained(megabyte, stage_.late())));
  EXPECT_EQ(receive_text(*far_), "proof");
  far_->set_frame_limit(megabyte);
  EXPECT_EQ(receive(*far_)->size(), megabyte);
}

TEST_F(TcpLinkTest, EitherSideMayBeDestroyedInTheMiddleOfATransfer) {
  far_->set_frame_limit(megabyte);
  near_->set_frame_limit(megabyte);
  for (int i = 0; i < 32; ++i) {
    near_->send(Bytes(megabyte), Priority::bulk);
    far_->send(Bytes(megabyte), Priority::bulk);
  }
  EXPECT_EQ(receive(*far_)->size(), megabyte);
  near_.reset();
  while (receive(*far_)) {
  }
  EXPECT_FALSE(stage_.run(far_->drained(0, stage_.late())));
  EXPECT_EQ(far_->backlog(), 0u);
}

TEST_F(TcpLinkTest, AReceiverMayBeDestroyedAndAnotherGoesOn) {
  struct Receiver {
    static Task<> take(Link& link) {
      co_await link.receive();  // no deadline: it is destroyed
    }
  };
  {
    TaskGroup tasks(stage_.loop());
    tasks.spawn(Receiver::take(*far_));
    EXPECT_FALSE(stage_.run(near_->drained(0, stage_.in(10ms))) && tasks.running() == 0);
  }
  near_->send(to_bytes("for the next"), Priority::control);
  EXPECT_EQ(receive_text(*far_), "for the next");
}

TEST_F(TcpLinkTest, ADrainingWaiterOutlivesItsLink) {
  for (int i = 0; i < 64; ++i) near_->send(Bytes(megabyte), Priority::bulk);
  auto draining = near_->drained(0, stage_.in(50ms));
  struct Ending {
    static Task<bool> destroy(Loop& loop, std::unique_ptr<Link>& link, Time when) {
      co_await loop.sleep_until(when);
      link.reset();
      co_return true;
    }
    static Task<> wait(Task<bool> task, std::optional<bool>& out) {
      auto result = co_await task;  // no deadline: the task has one
      out = result;
    }
  };
  std::optional<bool> drained;
  TaskGroup tasks(stage_.loop());
  tasks.spawn(Ending::wait(std::move(draining), drained));
  stage_.run(Ending::destroy(stage_.loop(), near_, stage_.in(10ms)));
  EXPECT_EQ(receive_text(*far_), "closed");
  tasks.cancel();
  EXPECT_NE(drained, true);
}

TEST_F(TcpLinkTest, EverythingMayBeLeftStandingAtTheEnd) {
  near_->send(Bytes(megabyte), Priority::bulk);
  far_->send(Bytes(megabyte), Priority::bulk);
}

}  // namespace
}  // namespace moshpit
