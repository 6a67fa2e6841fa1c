// Conversions that the messages of every protocol share. Included by wire/*.cpp only, after the
// generated headers.
#pragma once

#include <cstddef>
#include <google/protobuf/arena.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "common.pb.h"
#include "moshpit/ids.hpp"

namespace moshpit {

// More addresses than this from one peer are not believed.
inline constexpr int contact_address_limit = 8;

template <class AnyId>
std::string to_wire(const AnyId& id) {
  return std::string(as_text(id.bytes));
}

// Nothing if the field is not exactly 32 bytes.
template <class AnyId>
std::optional<AnyId> id_from_wire(std::string_view field) {
  AnyId id;
  if (field.size() != id.bytes.size()) return std::nullopt;
  std::memcpy(id.bytes.data(), field.data(), field.size());
  return id;
}

std::string to_wire(const Digest& digest);
std::optional<Digest> digest_from_wire(std::string_view field);

// Addresses beyond the limit are left out.
void to_wire(const Contact& contact, wire::Contact& out);
void to_wire(const std::vector<Address>& addresses,
             google::protobuf::RepeatedPtrField<std::string>& out);

// Nothing if an address does not parse, or there are too many.
std::optional<std::vector<Address>> addresses_from_wire(
    const google::protobuf::RepeatedPtrField<std::string>& field);

// Nothing if the id is malformed or the addresses are.
std::optional<Contact> contact_from_wire(const wire::Contact& message);

template <class Message>
Bytes serialise(const Message& message) {
  Bytes out(message.ByteSizeLong());
  message.SerializeToArray(out.data(), static_cast<int>(out.size()));
  return out;
}

template <class Message>
bool parse(Message& message, ByteView bytes) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// A message all of whose parts lie in one block. One with a dozen contacts is otherwise a hundred
// allocations, and those are most of what a look-up costs.
template <class Message>
class InOneBlock {
 public:
  InOneBlock() : arena_(options()) {
    message_ = google::protobuf::Arena::CreateMessage<Message>(&arena_);
  }
  InOneBlock(const InOneBlock&) = delete;
  InOneBlock& operator=(const InOneBlock&) = delete;

  Message& operator*() { return *message_; }
  Message* operator->() { return message_; }

 private:
  google::protobuf::ArenaOptions options() {
    google::protobuf::ArenaOptions chosen;
    chosen.initial_block = block_;
    chosen.initial_block_size = sizeof block_;
    return chosen;
  }

  alignas(std::max_align_t) char block_[4096];  // for an answer of the usual size
  google::protobuf::Arena arena_;
  Message* message_ = nullptr;
};

}  // namespace moshpit
