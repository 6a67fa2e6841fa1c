#include "reduce/round.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace moshpit {
namespace {

// Four full chunks wait on a link: enough to keep it busy while this loop does something else, and
// little enough that chunks finished meanwhile do not queue behind a megabyte of older ones. On
// many links fewer, so that all of them together hold about a megabyte.
constexpr std::size_t largest_window = 256u << 10;
constexpr std::size_t smallest_window = 64u << 10;
constexpr std::size_t all_windows = 1u << 20;

std::size_t window_for(std::size_t links, double bulk_weight) {
  const std::size_t window =
      std::clamp(all_windows / std::max<std::size_t>(links, 1), smallest_window, largest_window);
  return static_cast<std::size_t>(static_cast<double>(window) / bulk_weight);
}

// When two peers have dialled each other, one link replaces the other and for about a round trip
// there may be none. Who could not be dialled may also dial us. So it is looked for again soon.
constexpr Duration link_gap = std::chrono::milliseconds(20);

// A link on which nothing is said may be one too many for the other side, which does not know of
// this round yet. Who accepts no connections must notice by itself, or no result can reach it.
constexpr Duration link_check = std::chrono::milliseconds(200);

}  // namespace

Round::Round(Network& network, Group group, RoundPlan plan, const WeightedVector& vector)
    : network_(network),
      group_(std::move(group)),
      start_(network.loop().now()),
      limits_(plan.limits),
      clock_(start_),
      reducer_(std::move(plan), vector, start_),
      up_(start_),
      down_(start_),
      window_(window_for(group_.size() - 1, network.bulk_weight())),
      lines_(group_.size()),
      changed_(network.loop()),
      senders_(network.loop()) {
  for (std::size_t member = 0; member < group_.size(); ++member) {
    work_.push_back(std::make_unique<Event>(network.loop()));
  }
}

Task<> Round::run() {
  // What came before this peer was ready comes all at once.
  down_.restart(on_the_wire(reducer_.counters().bytes_received), start_);
  for (std::size_t member = 0; member < group_.size(); ++member) {
    if (member != group_.self) senders_.spawn(send_to(member));
  }
  changed();
  while (!reducer_.settled()) {
    const Time next = reducer_.next_tick();
    tick_at_ = next;
    changed_.reset();
    co_await changed_.wait_until(next);
    const Time now = network_.loop().now();
    if (!reducer_.settled() && now >= reducer_.next_tick()) reducer_.tick(now);
    changed();
  }
  flush();
}

Task<> Round::send_to(std::size_t to) {
  const PeerId peer = group_.members[to].id;
  while (network_.loop().now() < answers_until()) {
    co_await connect(to);
    send_notes();
    if (send_next(to)) {
      const Time end = answers_until();
      const bool drained = co_await network_.drained(peer, window_, end);
      if (drained) has_drained(to);
      continue;
    }
    const Time again = std::min(answers_until(), network_.loop().now() + pause_before_next(to));
    work_[to]->reset();
    co_await work_[to]->wait_until(again);
  }
}

Duration Round::pause_before_next(std::size_t to) const {
  const bool wanted = reducer_.concerns(to) && !reducer_.is_gone(to);
  const bool waits = !reducer_.settled() || reducer_.has_something_for(to);
  if (!wanted || !waits) return limits_.round;
  return network_.connected(group_.members[to].id) ? link_check : link_gap;
}

// Every member dials every other, because either of the two may be unable to. Who accepts no
// connections dials us. And again should the link be given up meanwhile: there were too many, and
// the other side did not know of this round yet.
Task<> Round::connect(std::size_t to) {
  const Contact contact = group_.members[to];
  if (contact.addresses.empty() || network_.connected(contact.id)) co_return;
  if (!reducer_.concerns(to) || reducer_.is_gone(to)) co_return;
  if (reducer_.settled() && !reducer_.has_something_for(to)) co_return;
  const Time end = std::min(answers_until(), network_.loop().now() + limits_.silence);
  auto linked = co_await network_.connect(contact, end);
  if (linked || network_.connected(contact.id)) co_return;
  reducer_.disconnected(to, "could not be reached: " + linked.error().message(),
                        network_.loop().now());
  changed();
}

// At most a window of what was handed over is still on the link.
void Round::has_drained(std::size_t to) {
  Line& line = lines_[to];
  if (line.handed_over < line.left + window_) return;
  left_ += line.handed_over - window_ - line.left;
  line.left = line.handed_over - window_;
  up_.moved(on_the_wire(left_), network_.loop().now());
}

std::uint64_t Round::on_the_wire(std::uint64_t bytes) const {
  return static_cast<std::uint64_t>(static_cast<double>(bytes) * network_.bulk_weight());
}

bool Round::send_next(std::size_t to) {
  const PeerId& peer = group_.members[to].id;
  if (!network_.connected(peer)) return false;
  auto frame = next_frame(to);
  if (!frame) return false;
  lines_[to].handed_over += frame->size();
  return network_.tell(peer, Protocol::reduce, *std::move(frame), Priority::bulk);
}

std::optional<Frame> Round::next_frame(std::size_t to) {
  const Loop& loop = network_.loop();
  const Time before = loop.this_instant();
  auto frame = reducer_.next_frame(to);
  if (!frame || reducer_.settled()) return frame;
  const Time after = loop.this_instant();
  clock_.coded(after - before);
  clock_.sent(after);
  return frame;
}

void Round::assign(WeightedVector& vector) {
  const Time before = network_.loop().this_instant();
  reducer_.assign(vector);
  clock_.coded(network_.loop().this_instant() - before);
}

// They overtake the frames, and do not wait for their window.
void Round::send_notes() {
  for (std::size_t member = 0; member < group_.size(); ++member) {
    const PeerId& peer = group_.members[member].id;
    if (member == group_.self || !network_.connected(peer)) continue;
    while (auto note = reducer_.next_note(member)) {
      network_.tell(peer, Protocol::reduce, *std::move(note), Priority::control);
    }
  }
}

void Round::hear(const PeerId& from, Bytes frame) {
  const auto member = index_of(from);
  if (!member || *member == group_.self) return;
  if (reducer_.is_gone(*member)) work_[*member]->set();
  const Time now = network_.loop().now();
  lines_[*member].came += frame.size();
  lines_[*member].last_came = now;
  const bool counts = !reducer_.settled();
  const Time before = network_.loop().this_instant();
  reducer_.receive(*member, std::move(frame), now);
  if (counts) clock_.summed(network_.loop().this_instant() - before);
  down_.moved(on_the_wire(reducer_.counters().bytes_received), now);
  changed();
}

void Round::disconnected(const PeerId& peer) {
  const auto member = index_of(peer);
  if (!member || *member == group_.self) return;
  const Duration after = network_.loop().now() - start_;
  reducer_.disconnected(*member,
                        fmt::format("its link closed {:.2f} s into the round", seconds(after)),
                        network_.loop().now());
  changed();
}

void Round::declined(const PeerId& peer) {
  const auto member = index_of(peer);
  if (!member || *member == group_.self) return;
  reducer_.disconnected(*member, "takes no part: it did not wait for this group any more",
                        network_.loop().now());
  changed();
}

std::optional<std::size_t> Round::index_of(const PeerId& peer) const {
  const auto found = std::find_if(group_.members.begin(), group_.members.end(),
                                  [&](const Contact& member) { return member.id == peer; });
  if (found == group_.members.end()) return std::nullopt;
  return static_cast<std::size_t>(found - group_.members.begin());
}

void Round::changed() {
  if (reducer_.settled() || reducer_.next_tick() < tick_at_) changed_.set();
  if (reducer_.offered() == offered_) return;
  offered_ = reducer_.offered();
  send_notes();
  for (const auto& work : work_) work->set();
}

// This member has all it wants; others may still wait for its results. They are handed to the
// links, at most as many bytes as the vector has. Who has no link at this moment, because one is
// just being replaced or was given up, gets them from its sender as soon as there is one.
void Round::flush() {
  for (std::size_t member = 0; member < group_.size(); ++member) {
    if (member == group_.self) continue;
    while (send_next(member)) {
    }
  }
}

RoundReport Round::report() const {
  RoundReport report;
  report.time = group_.time;
  report.id = group_.id;
  for (const Contact& member : group_.members) report.members.push_back(member.id);
  report.self = group_.self;
  report.chunks = reducer_.chunks();
  report.outcome = RoundOutcome::failed;
  report.take_overs = reducer_.take_overs();
  if (reducer_.finished()) report.view = reducer_.view();
  for (const ChunkReport& chunk : report.chunks) {
    if (chunk.contributors.count() > 1) report.outcome = RoundOutcome::averaged;
  }
  for (Reducer::Loss& loss : reducer_.losses()) {
    report.lost.push_back(
        LostPeer{report.members[loss.member], loss.reason, std::move(loss.sentence)});
  }
  report.bytes_sent = reducer_.counters().bytes_sent;
  report.bytes_received = reducer_.counters().bytes_received;
  report.traffic = traffic();
  const Time end = network_.loop().this_instant();
  report.reducing = end - start_;
  report.phases = clock_.phases(end);
  return report;
}

std::vector<MemberTraffic> Round::traffic() const {
  std::vector<MemberTraffic> all;
  for (const Line& line : lines_) {
    const Duration duration = line.last_came - start_;
    const double goodput = line.came > 0 && duration > Duration::zero()
                               ? static_cast<double>(line.came) / seconds(duration)
                               : 0;
    all.push_back({line.handed_over, line.came, goodput});
  }
  return all;
}

}  // namespace moshpit
