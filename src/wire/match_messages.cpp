#include "wire/match_messages.hpp"

#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "match.pb.h"
#include "wire/common.hpp"

namespace moshpit {
namespace {

using namespace std::chrono_literals;

// Nobody waits this long for a group: a larger duration is nonsense and must not overflow anybody's
// sums.
constexpr Duration duration_limit = 1h;
// A step has d rounds and a closing step a few times as many: beyond this a time is nonsense.
constexpr std::uint32_t round_limit = 1'000'000;

void to_wire(RoundTime time, wire::MatchTime& out) {
  out.set_step(time.step);
  out.set_round(time.round);
}

std::optional<RoundTime> time_from_wire(const wire::MatchTime& message) {
  if (message.round() > round_limit) return std::nullopt;
  return RoundTime{message.step(), message.round()};
}

std::uint64_t to_wire(Duration duration) {
  return static_cast<std::uint64_t>(std::max<Duration::rep>(duration.count(), 0));
}

std::optional<Duration> duration_from_wire(std::uint64_t nanoseconds) {
  if (nanoseconds > static_cast<std::uint64_t>(duration_limit.count())) return std::nullopt;
  return Duration(static_cast<Duration::rep>(nanoseconds));
}

void put(const Assembled& assembled, wire::MatchNote& out) {
  wire::Assembled& message = *out.mutable_assembled();
  message.set_round(to_wire(assembled.group.id));
  message.set_key(to_wire(assembled.key));
  to_wire(assembled.group.time, *message.mutable_time());
  message.set_nonce(assembled.nonce);
  for (const Contact& member : assembled.group.members) to_wire(member, *message.add_members());
  for (const std::uint32_t digit : assembled.group.digits) message.add_digits(digit);
  message.set_spread_nanoseconds(to_wire(assembled.group.spread));
  for (const std::uint64_t bandwidth : assembled.group.bandwidths)
    message.add_bandwidths(bandwidth);
}

void put(const Withdrawal& withdrawal, wire::MatchNote& out) {
  wire::Withdrawal& message = *out.mutable_withdrawal();
  message.set_key(to_wire(withdrawal.key));
  message.set_number(withdrawal.number);
}

void put(const Redirection& redirection, wire::MatchNote& out) {
  wire::Redirection& message = *out.mutable_redirection();
  message.set_key(to_wire(redirection.key));
  message.set_number(redirection.number);
  if (redirection.leader) to_wire(*redirection.leader, *message.mutable_leader());
}

void put(const Declined& declined, wire::MatchNote& out) {
  out.mutable_declined()->set_round(to_wire(declined.round));
}

void put(const StepBegun& begun, wire::MatchNote& out) {
  out.mutable_step_begun()->set_step(begun.step);
}

// Nothing also if a contact is malformed: a group with an unknown member is no group.
std::optional<std::vector<Contact>> members_from_wire(const wire::Assembled& message) {
  std::vector<Contact> members;
  for (const wire::Contact& member : message.members()) {
    auto contact = contact_from_wire(member);
    if (!contact) return std::nullopt;
    members.push_back(*std::move(contact));
  }
  return members;
}

std::optional<MatchNote> take(const wire::Assembled& message) {
  const auto size = static_cast<std::size_t>(message.members_size());
  const bool sizes_match = message.digits_size() == message.members_size() &&
                           message.bandwidths_size() == message.members_size();
  if (size < 2 || size > group_size_limit || !sizes_match) return std::nullopt;
  const auto id = id_from_wire<RoundId>(message.round());
  const auto key = id_from_wire<DirectoryKey>(message.key());
  const auto time = time_from_wire(message.time());
  const auto spread = duration_from_wire(message.spread_nanoseconds());
  auto members = members_from_wire(message);
  if (!id || !key || !time || !spread || !members) return std::nullopt;
  Assembled assembled{*key, message.nonce(),
                      Group{*id, *time, *std::move(members), {}, *spread, {}}};
  assembled.group.digits.assign(message.digits().begin(), message.digits().end());
  const auto& bandwidths = message.bandwidths();
  assembled.group.bandwidths.assign(bandwidths.begin(), bandwidths.end());
  return assembled;
}

std::optional<MatchNote> take(const wire::Withdrawal& message) {
  const auto key = id_from_wire<DirectoryKey>(message.key());
  if (!key) return std::nullopt;
  return Withdrawal{*key, message.number()};
}

std::optional<MatchNote> take(const wire::Redirection& message) {
  const auto key = id_from_wire<DirectoryKey>(message.key());
  if (!key) return std::nullopt;
  Redirection redirection{*key, message.number(), std::nullopt};
  if (message.has_leader()) {
    redirection.leader = contact_from_wire(message.leader());
    if (!redirection.leader) return std::nullopt;
  }
  return redirection;
}

std::optional<MatchNote> take(const wire::Declined& message) {
  const auto round = id_from_wire<RoundId>(message.round());
  if (!round) return std::nullopt;
  return Declined{*round};
}

template <class T>
bool all_distinct(std::vector<T> items) {
  std::sort(items.begin(), items.end());
  return std::adjacent_find(items.begin(), items.end()) == items.end();
}

// The digits of a group with more members than there are digits.
bool none_thrice(std::vector<std::uint32_t> digits) {
  std::sort(digits.begin(), digits.end());
  for (std::size_t i = 2; i < digits.size(); ++i) {
    if (digits[i] == digits[i - 2]) return false;
  }
  return true;
}

std::vector<PeerId> ids_of(const std::vector<Contact>& members) {
  std::vector<PeerId> ids;
  for (const Contact& member : members) ids.push_back(member.id);
  return ids;
}

}  // namespace

RoundId round_id(const RunId& run, const DirectoryKey& key, const PeerId& leader,
                 std::uint64_t nonce, const Group& group) {
  Hasher hasher;
  hasher.add(as_bytes("round")).add(run.bytes).add(key.bytes);
  hasher.add(group.time.step).add(std::uint64_t{group.time.round}).add(leader.bytes).add(nonce);
  for (const Contact& member : group.members) {
    hasher.add(member.id.bytes).add(std::uint64_t{member.addresses.empty()});
  }
  for (const std::uint64_t bandwidth : group.bandwidths) hasher.add(bandwidth);
  return RoundId{hasher.digest()};
}

bool is_sound(const Assembled& assembled, const RunId& run, const PeerId& leader,
              const PeerId& receiver) {
  const Group& group = assembled.group;
  const std::vector<PeerId> ids = ids_of(group.members);
  const auto is_member = [&](const PeerId& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  return group.id == round_id(run, assembled.key, leader, assembled.nonce, group) &&
         all_distinct(ids) && none_thrice(group.digits) && is_member(leader) && is_member(receiver);
}

Bytes encode(const MatchQuestion& question) {
  wire::MatchQuestion message;
  message.set_kind(static_cast<std::uint32_t>(question.kind));
  message.set_key(to_wire(question.key));
  to_wire(question.time, *message.mutable_time());
  message.set_number(question.number);
  message.set_bandwidth(question.bandwidth);
  return serialise(message);
}

Bytes encode(const MatchAnswer& answer) {
  wire::MatchAnswer message;
  message.set_reply(static_cast<std::uint32_t>(answer.reply));
  message.set_remaining_nanoseconds(to_wire(answer.remaining));
  if (answer.leader) to_wire(*answer.leader, *message.mutable_leader());
  for (const PeerId& member : answer.members) message.add_members(to_wire(member));
  to_wire(answer.newest, *message.mutable_newest());
  return serialise(message);
}

Bytes encode(const MatchNote& note) {
  wire::MatchNote message;
  std::visit([&](const auto& content) { put(content, message); }, note);
  return serialise(message);
}

std::optional<MatchQuestion> decode_match_question(ByteView bytes) {
  wire::MatchQuestion message;
  if (!parse(message, bytes)) return std::nullopt;
  const auto key = id_from_wire<DirectoryKey>(message.key());
  const auto time = time_from_wire(message.time());
  if (!key || !time || message.kind() < 1 || message.kind() > 2) return std::nullopt;
  return MatchQuestion{static_cast<MatchQuestion::Kind>(message.kind()), *key, *time,
                       message.number(), message.bandwidth()};
}

std::optional<MatchAnswer> decode_match_answer(ByteView bytes) {
  wire::MatchAnswer message;
  if (!parse(message, bytes)) return std::nullopt;
  const auto remaining = duration_from_wire(message.remaining_nanoseconds());
  const auto newest = time_from_wire(message.newest());
  const bool known_reply = message.reply() >= 1 && message.reply() <= 6;
  const bool too_many = message.members_size() > static_cast<int>(group_size_limit);
  if (!remaining || !newest || !known_reply || too_many) return std::nullopt;
  MatchAnswer answer{
      static_cast<MatchReply>(message.reply()), *remaining, std::nullopt, {}, *newest};
  if (message.has_leader()) {
    answer.leader = contact_from_wire(message.leader());
    if (!answer.leader) return std::nullopt;
  }
  for (const std::string& field : message.members()) {
    const auto id = id_from_wire<PeerId>(field);
    if (!id) return std::nullopt;
    answer.members.push_back(*id);
  }
  return answer;
}

std::optional<MatchNote> decode_match_note(ByteView bytes) {
  wire::MatchNote message;
  if (!parse(message, bytes)) return std::nullopt;
  switch (message.note_case()) {
    case wire::MatchNote::kAssembled:
      return take(message.assembled());
    case wire::MatchNote::kWithdrawal:
      return take(message.withdrawal());
    case wire::MatchNote::kRedirection:
      return take(message.redirection());
    case wire::MatchNote::kDeclined:
      return take(message.declined());
    case wire::MatchNote::kStepBegun:
      return StepBegun{message.step_begun().step()};
    case wire::MatchNote::NOTE_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace moshpit
