#include "sim/computer.hpp"

#include <algorithm>

#include "sim/credentials.hpp"
#include "sim/transport.hpp"

namespace moshpit::sim {
namespace {

// A life's clock starts anywhere in the first twelve days or so, far from overflow and far from
// another's.
constexpr std::uint64_t clock_range = 1'000'000'000'000'000;

// Any port will do, as every computer has an address of its own.
constexpr std::uint16_t port = 4000;

Address address_of(std::uint32_t index) {
  const std::uint32_t number = index + 1;
  const auto part = [number](int shift) { return std::to_string(number >> shift & 255u); };
  return Address{"10." + part(16) + "." + part(8) + "." + part(0), port};
}

constexpr std::int64_t bytes_in_a_mebibyte = 1 << 20;

// Signing and verifying take the computer its time.
class CostlyCredentials final : public Credentials {
 public:
  CostlyCredentials(Computer& computer, std::unique_ptr<Credentials> real)
      : computer_(computer), real_(std::move(real)) {}

  const PeerId& id() const override { return real_->id(); }
  const Bytes& public_key() const override { return real_->public_key(); }
  Bytes sign(ByteView message) const override {
    computer_.compute(computer_.costs().sign);
    return real_->sign(message);
  }
  bool verify(ByteView public_key, ByteView message, ByteView signature) const override {
    computer_.compute(computer_.costs().verify);
    return real_->verify(public_key, message, signature);
  }

 private:
  Computer& computer_;
  std::unique_ptr<Credentials> real_;
};

}  // namespace

struct Computer::Life {
  Life(Network& network, Computer& computer, Random& random, Time born_at)
      : born(born_at),
        start(Duration(static_cast<std::int64_t>(random.below(clock_range)))),
        loop(random.next(), start),
        transport(network, computer, loop) {}

  Time born;   // by the world's clock, or when the clock's rate changed
  Time start;  // the same instant by its own
  Loop loop;
  SimTransport transport;
};

Computer::Computer(Shard& shard, Network& network, std::uint32_t index, const HostOptions& options,
                   Random random)
    : shard_(shard),
      network_(network),
      index_(index),
      wires_{Wire(options.bytes_per_second_up.value()),
             Wire(options.bytes_per_second_down.value())},
      outbound_only_(options.outbound_only),
      unaware_(options.unaware),
      clock_rate_(options.clock_rate),
      speed_(options.speed),
      costs_(options.costs),
      real_signatures_(options.real_signatures),
      address_(address_of(index)),
      random_(random),
      network_random_(random_.fork()),
      credentials_(draw_credentials()) {
  MOSHPIT_ASSERT(clock_rate_ > 0 && speed_ > 0);
  begin_life();
}

Computer::~Computer() = default;

Loop& Computer::loop() { return lives_.back()->loop; }
SimTransport& Computer::transport() { return lives_.back()->transport; }

void Computer::begin_life() {
  lives_.push_back(std::make_unique<Life>(network_, *this, random_, now()));
  wake_.reset();
  busy_until_ = now();
}

void Computer::change_identity() { credentials_ = draw_credentials(); }

std::unique_ptr<Credentials> Computer::draw_credentials() {
  return std::make_unique<CostlyCredentials>(*this,
                                             make_credentials(random_.fork(), real_signatures_));
}

Duration Computer::work_time(Duration usual) const {
  return Duration(static_cast<std::int64_t>(static_cast<double>(usual.count()) / speed_));
}

void Computer::compute(Duration usual) {
  if (usual == Duration{0}) return;
  busy_until_ = std::max(busy_until_, now()) + work_time(usual);
}

void Computer::compute_on(std::size_t bytes) {
  compute(costs_.mebibyte * static_cast<std::int64_t>(bytes) / bytes_in_a_mebibyte);
}

void Computer::set_clock_rate(double rate) {
  MOSHPIT_ASSERT(rate > 0);
  Life& life = *lives_.back();
  life.start = local(now());
  life.born = now();
  clock_rate_ = rate;
  touch();  // its timer is due sooner or later than it is entered
}

Time Computer::local(Time time) const {
  const Life& life = *lives_.back();
  const Duration age = time - life.born;
  if (clock_rate_ == 1) return life.start + age;
  return life.start +
         Duration(static_cast<std::int64_t>(static_cast<double>(age.count()) * clock_rate_));
}

Time Computer::of_world(Time time) const {
  const Life& life = *lives_.back();
  const Duration age = time - life.start;
  const double age_in_world = static_cast<double>(age.count()) / clock_rate_;
  // Somebody who waits for ever may say so with Time::max().
  const Duration oldest = Time::max() - life.born;
  if (age_in_world >= static_cast<double>(oldest.count())) return Time::max();
  if (clock_rate_ == 1) return life.born + age;
  Time there = life.born + Duration(static_cast<std::int64_t>(age_in_world));
  while (local(there) < time) ++there;  // what was rounded off: a timer is never due too early
  return there;
}

// A fast clock passes over some moments. Whoever is woken for one of them reads that one.
Time Computer::reading() {
  const Time own = local(now());
  const auto timer = loop().next_timer();
  const bool passed_over = timer && *timer < own && of_world(*timer) == now();
  return passed_over ? *timer : own;
}

void Computer::enlist(Connection& connection) {
  const std::pair known(connection.number, &connection);
  const auto place = std::ranges::lower_bound(connections_, known);
  if (place == connections_.end() || *place != known) connections_.insert(place, known);
}

void Computer::delist(Connection& connection) {
  const std::pair known(connection.number, &connection);
  const auto place = std::ranges::lower_bound(connections_, known);
  if (place != connections_.end() && *place == known) connections_.erase(place);
}

void Computer::run() {
  if (!running()) return;
  MOSHPIT_ASSERT(!executing_);
  if (now() < busy_until_) return enter_wake(busy_until_);
  executing_ = true;
  loop().advance(reading());
  loop().run_ready();
  executing_ = false;
  enter_timer();
}

void Computer::touch() { shard_.agenda.touch(index_); }

void Computer::catch_up() {
  if (!running()) return;
  loop().advance(local(now()));
  touch();
}

// An entry that is already there for an earlier time will do: it finds nothing due and enters the
// next one.
void Computer::enter_timer() {
  const auto timer = loop().next_timer();
  enter_wake(timer ? std::max(now(), of_world(*timer)) : Time::max());
}

void Computer::enter_wake(Time time) {
  if (wake_ && *wake_ <= now()) wake_.reset();
  if (time == Time::max()) return;
  if (wake_ && *wake_ <= time) return;
  wake_ = time;
  shard_.agenda.enter({time, index_, Agenda::Kind::wake});
}

}  // namespace moshpit::sim
