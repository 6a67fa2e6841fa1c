#include "app/bench/lying_donor.hpp"

#include <chrono>
#include <utility>

#include "base/hash.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

constexpr Duration joining_takes = 15s;
constexpr Duration renewed = 10s;
constexpr Duration lives = 20s;

}  // namespace

LyingDonor::LyingDonor(Loop& loop, Transport& transport, const Credentials& credentials,
                       Membership membership, std::uint64_t step, HashedState state)
    : run_(membership.run),
      network_(loop, transport, credentials, std::move(membership)),
      directory_(network_),
      state_(std::move(state)),
      offer_{step, state_.elements(), name_of_state(step, state_.elements(), state_.digests())},
      tasks_(loop) {
  network_.serve(Protocol::train, *this);
}

Task<> LyingDonor::run(Address entrance) {
  const Time deadline = network_.loop().now() + joining_takes;
  auto member = co_await network_.connect_to(std::move(entrance), deadline);
  if (!member) co_return;
  std::vector<Contact> known{*std::move(member)};
  const auto entered = co_await directory_.bootstrap(std::move(known));
  if (!entered) co_return;
  const DirectoryKey key{Hasher().add(run_.bytes).add(as_bytes("states")).digest()};
  while (true) {
    Bytes value = encode(offer_);
    co_await directory_.publish(key, std::move(value), lives);
    stands_ = true;
    co_await network_.loop().sleep_for(renewed);
  }
}

Task<Bytes> LyingDonor::answer(Contact, Bytes question) {
  const auto asked = decode_train_question(question);
  if (!asked) co_return Bytes();
  if (std::holds_alternative<OffersQuestion>(*asked)) co_return encode(StateOffers{offer_});
  if (std::holds_alternative<ManifestQuestion>(*asked)) {
    co_return encode(StateManifest{state_.digests()});
  }
  const auto* wanted = std::get_if<PieceQuestion>(&*asked);
  co_return wanted && wanted->piece < state_.digests().size() ? piece(wanted->piece) : Bytes();
}

Bytes LyingDonor::piece(std::uint32_t number) const {
  Bytes bytes = encode_piece(number, state_.piece(number));
  if (number % 3 == 2) bytes[bytes.size() / 2] ^= std::byte{1};
  return bytes;
}

}  // namespace moshpit
