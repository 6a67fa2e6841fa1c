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
  for (const Address& address : contact.addresses) {
    if (out.addresses_size() < contact_address_limit) out.add_addresses(address.text());
  }
}

std::optional<Contact> contact_from_wire(const wire::Contact& message) {
  const auto id = id_from_wire<PeerId>(message.id());
  if (!id || message.addresses_size() > contact_address_limit) return std::nullopt;
  Contact contact{*id, {}};
  for (const std::string& text : message.addresses()) {
    auto address = Address::parse(text);
    if (!address) return std::nullopt;
    contact.addresses.push_back(*std::move(address));
  }
  return contact;
}

}  // namespace moshpit
