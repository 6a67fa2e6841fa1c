// Peer::Door: the one way from the callers' threads to the loop's thread and back. It owns that
// thread, and everything else of the peer lives on it. Callers post a function or a task and wait
// for its result.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/bytes.hpp"
#include "loop/real_loop.hpp"
#include "loop/task_group.hpp"
#include "moshpit/peer.hpp"
#include "net/identity.hpp"
#include "net/tcp_transport.hpp"
#include "train/notice_board.hpp"
#include "train/participant.hpp"
#include "train/step_handle.hpp"

namespace moshpit {

class Peer::Door {
 public:
  static Result<std::unique_ptr<Door>> open(const PeerOptions& options, RunId run, Bytes secret);
  ~Door();

  // Calls function(participant) on the loop's thread and returns what it returns.
  template <class Function>
  auto call(Function function) {
    using Value = decltype(function(*participant_));
    std::packaged_task<Value()> task([&] { return function(*participant_); });
    auto result = task.get_future();
    loop_.post([&] { task(); });
    return result.get();
  }

  // Runs the task make(participant, now) on the loop and returns its result.
  template <class Make>
  auto run(Make make) {
    using Value = typename TaskValue<decltype(make(*participant_, Time{}))>::type;
    std::promise<Value> promise;
    auto result = promise.get_future();
    loop_.post([&] {
      tasks_->spawn(deliver(make(*participant_, loop_.loop().now()), std::move(promise)));
    });
    return result.get();
  }

  // As run(), without waiting.
  template <class Make>
  void start(Make make) {
    loop_.post([this, make = std::move(make)] { tasks_->spawn(make(*participant_)); });
  }

  // To be called once, when the participant is a member.
  void member();

  StepHandle average(StepRequest request);
  Invite invite();
  Snapshot snapshot();
  std::uint64_t newest_step() const { return newest_step_; }
  NoticeBoard& notices() { return notices_; }
  const PeerId& id() const { return identity_.id(); }
  const RunId& run_id() const { return run_; }
  const RunPlan& plan() const { return plan_; }

 private:
  template <class AnyTask>
  struct TaskValue;
  template <class T>
  struct TaskValue<Task<T>> {
    using type = T;
  };

  Door(Identity identity, RunId run, Bytes secret, BandwidthLimit limit);

  template <class T>
  static Task<> deliver(Task<T> task, std::promise<T> promise) {
    auto value = co_await task;
    promise.set_value(std::move(value));
  }
  static Task<> run_step(Participant& participant, StepRequest request, StepPromise promise);
  Task<> mirror_clock();
  void leave();

  RealLoop loop_;
  Identity identity_;
  RunId run_;
  Bytes secret_;
  Bandwidth bandwidth_;
  RunPlan plan_;
  NoticeBoard notices_;
  std::atomic<std::uint64_t> newest_step_{0};
  // These live on the loop's thread and are destroyed there, the last first.
  std::unique_ptr<TcpTransport> transport_;
  std::optional<Participant> participant_;
  std::optional<TaskGroup> tasks_;
  std::thread thread_;
};

}  // namespace moshpit
