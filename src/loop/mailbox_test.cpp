#include "loop/mailbox.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "loop/task_group.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Time start{};

// Notes what comes; '.' when nothing more will.
Task<> receive_all(Mailbox<char>& box, std::string& log) {
  while (true) {
    const auto message = co_await box.receive();  // no deadline: the test closes the box
    if (!message) break;
    log += *message;
  }
  log += '.';
}

Task<> receive_once(Mailbox<char>& box, Time deadline, std::string& log) {
  const auto message = co_await box.receive_until(deadline);
  log += message ? *message : '-';
}

Task<> receive_pointer(Mailbox<std::unique_ptr<int>>& box, int& out) {
  const auto message = co_await box.receive();  // no deadline: it is there already
  out = message ? **message : -1;
}

class MailboxTest : public testing::Test {
 protected:
  Loop loop_{1};
  Mailbox<char> box_{loop_};
  std::string log_;
  TaskGroup tasks_{loop_};
};

TEST_F(MailboxTest, DeliversInOrderWhateverWasThereFirst) {
  box_.put('a');
  box_.put('b');
  tasks_.spawn(receive_all(box_, log_));
  loop_.run_ready();
  EXPECT_EQ(log_, "ab");
  box_.put('c');
  EXPECT_EQ(log_, "ab") << "nobody is resumed from inside put()";
  loop_.run_ready();
  EXPECT_EQ(log_, "abc");
}

TEST_F(MailboxTest, ClosedBoxIsEmptiedBeforeItEnds) {
  box_.put('a');
  box_.put('b');
  box_.close();
  tasks_.spawn(receive_all(box_, log_));
  loop_.run_ready();
  EXPECT_EQ(log_, "ab.");
  EXPECT_TRUE(box_.closed());
  EXPECT_TRUE(box_.empty());
}

TEST_F(MailboxTest, CloseWakesWhoWaits) {
  tasks_.spawn(receive_all(box_, log_));
  loop_.run_ready();
  box_.close();
  loop_.run_ready();
  EXPECT_EQ(log_, ".");
}

TEST_F(MailboxTest, DeadlineWithoutAMessage) {
  tasks_.spawn(receive_once(box_, start + 1s, log_));
  loop_.run_ready();
  loop_.advance(start + 1s);
  loop_.run_ready();
  EXPECT_EQ(log_, "-");
}

TEST_F(MailboxTest, MessageThatComesWithTheDeadlineIsTaken) {
  tasks_.spawn(receive_once(box_, start + 1s, log_));
  loop_.run_ready();
  loop_.advance(start + 1s);
  box_.put('a');
  loop_.run_ready();
  EXPECT_EQ(log_, "a");
}

TEST_F(MailboxTest, CancelledReceiverLeavesTheMessageInTheBox) {
  tasks_.spawn(receive_all(box_, log_));
  loop_.run_ready();
  box_.put('a');
  tasks_.cancel();
  loop_.run_ready();
  EXPECT_EQ(log_, "");
  EXPECT_EQ(box_.size(), 1u);
  EXPECT_EQ(box_.take(), 'a');
  EXPECT_EQ(box_.take(), std::nullopt);
}

TEST_F(MailboxTest, NextReceiverGetsWhatACancelledOneLeft) {
  {
    TaskGroup cancelled(loop_);
    cancelled.spawn(receive_all(box_, log_));
    loop_.run_ready();
    box_.put('a');
  }
  tasks_.spawn(receive_once(box_, start + 1s, log_));
  loop_.run_ready();
  EXPECT_EQ(log_, "a");
}

TEST_F(MailboxTest, CarriesWhatCannotBeCopied) {
  Mailbox<std::unique_ptr<int>> box(loop_);
  box.put(std::make_unique<int>(7));
  int out = 0;
  tasks_.spawn(receive_pointer(box, out));
  loop_.run_ready();
  EXPECT_EQ(out, 7);
  tasks_.cancel();
}

}  // namespace
}  // namespace moshpit
