#include "wire/common.hpp"

namespace moshpit {

std::string to_wire(const Digest& digest) { return std::string(as_text(digest)); }

std::optional<Digest> digest_from_wire(std::string_view field) {
  Digest digest;
  if (field.size() != digest.size()) return std::nullopt;
  std::memcpy(digest.data(), field.data(), field.size());
  return digest;
}

void to_wire(const Contact& contact, wire::Contact& out) {
  out.set_id(to_wire(contact.id));
  to_wire(contact.addresses, *out.mutable_addresses());
}

void to_wire(const std::vector<Address>& addresses,
             google::protobuf::RepeatedPtrField<std::string>& out) {
  for (const Address& address : addresses) {
    if (out.size() < contact_address_limit) *out.Add() = address.text();
  }
}

std::optional<std::vector<Address>> addresses_from_wire(
    const google::protobuf::RepeatedPtrField<std::string>& field) {
  std::vector<Address> addresses;
  if (field.size() > contact_address_limit) return std::nullopt;
  for (const std::string& text : field) {
    auto address = Address::parse(text);
    if (!address) return std::nullopt;
    addresses.push_back(*std::move(address));
  }
  return addresses;
}

std::optional<Contact> contact_from_wire(const wire::Contact& message) {
  const auto id = id_from_wire<PeerId>(message.id());
  auto addresses = addresses_from_wire(message.addresses());
  if (!id || !addresses) return std::nullopt;
  return Contact{*id, *std::move(addresses)};
}

}  // namespace moshpit
