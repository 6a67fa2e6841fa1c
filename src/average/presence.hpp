// Presence: this peer's standing under one key of the directory, and who else stands there. It
// begins before the peers are needed, so that a search knows whom to expect. One thread: the
// loop's.
#pragma once

#include <map>
#include <memory>

#include "directory/directory.hpp"
#include "loop/event.hpp"
#include "loop/loop.hpp"
#include "loop/task_group.hpp"
#include "moshpit/ids.hpp"

namespace moshpit {

class Presence {
 public:
  Presence(Loop& loop, Directory& directory, DirectoryKey key, Bytes value)
      : key_(key), watch_(directory.attend(key, std::move(value))), news_(loop), tasks_(loop) {
    tasks_.spawn(listen());
    tasks_.spawn(await_information());
  }

  const DirectoryKey& key() const { return key_; }
  // The newest record of each other publisher so far.
  const std::map<PeerId, Record>& others() const { return others_; }
  // Whoever stood there before is in others().
  bool informed() const { return informed_; }
  // Whether it is found by whoever looks under the key, as far as is known.
  bool placed() const { return watch_->placed(); }
  // Set when others() or informed() has changed.
  Event& news() { return news_; }

 private:
  Task<> listen() {
    while (true) {
      auto record = co_await watch_->records().receive();  // no deadline: ends with the presence
      if (!record) co_return;
      others_.insert_or_assign(record->publisher.id, *std::move(record));
      news_.set();
    }
  }
  Task<> await_information() {
    co_await watch_->informed().wait();  // every look-up ends by its own deadlines
    informed_ = true;
    news_.set();
  }

  DirectoryKey key_;
  std::unique_ptr<Directory::Watch> watch_;
  std::map<PeerId, Record> others_;
  bool informed_ = false;
  Event news_;
  TaskGroup tasks_;
};

}  // namespace moshpit
